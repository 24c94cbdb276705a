"""What a task may cost at the model: tokens and money, as the settings allow. Called by the phone agent each turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from worker.errors import LimitReached

if TYPE_CHECKING:
    from shared.settings import ModelProfile, TaskDefaults
    from worker.agents.model_request import ModelReply

_PER: Final = 1_000_000  # prices are those of so many tokens


class Budget:
    """One per task. Tokens that an endpoint does not tell of cannot be counted, and cost nothing here."""

    def __init__(self, limits: TaskDefaults, profile: ModelProfile) -> None:
        self._limits = limits
        self._profile = profile
        self.tokens = 0
        self.price = 0.0

    def spend(self, reply: ModelReply) -> None:
        """Count what a reply has cost."""
        prompt, completion = reply.prompt_tokens or 0, reply.completion_tokens or 0
        self.tokens += prompt + completion
        self.price += (prompt * self._profile.prompt_price + completion * self._profile.completion_price) / _PER

    def check(self) -> None:
        """Raise LimitReached when nothing is left for another turn."""
        most, dear = self._limits.max_tokens, self._limits.max_price
        if most is not None and self.tokens >= most:
            raise LimitReached(f"token budget ({most:,}) used up: {self.tokens:,} tokens")
        if dear is not None and self.price >= dear:
            raise LimitReached(f"price budget ({dear:g}) used up: {self.price:.4g}")
