"""Asks a model behind an OpenAI-compatible endpoint: retries, errors in plain words, no proxy for private addresses.

Retries are this file's own, because a stop must also end the wait between two of them. The product imports this only in
the phone agent (openai takes about a second to import). It must never log or raise a key, and never change a message.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import openai

from worker.agents.model_errors import ModelError, explain, retry_after
from worker.agents.model_request import POLL_S, FailedRequest, ModelReply, ModelRequest, bound_response

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openai.types.chat import ChatCompletionMessageParam

    from shared.settings import ModelProfile

FIRST_RETRY_S: Final = 0.5  # doubles with each try
MAX_RETRY_WAIT_S: Final = 8.0


class ModelClient:
    """One endpoint and model. Used by one thread; `close` it at the end."""

    def __init__(self, profile: ModelProfile, api_key: str = "") -> None:
        self._profile = profile
        self._secret = api_key
        self._host = _host_and_port(profile.base_url)
        self._client = _open(profile, api_key, self._host)

    def ask(
        self,
        messages: Sequence[ChatCompletionMessageParam],
        stop: Callable[[], None],
        on_text: Callable[[str], None] | None = None,
    ) -> ModelReply:
        """Return the model's reply, within the profile's `timeout_s`, its retries included.

        `stop` is called every few milliseconds; what it raises ends the request at once and passes through. `on_text`
        is shown the text so far whenever more has come; after a retry it begins anew. Raises `ModelError`.
        """
        deadline = time.monotonic() + self._profile.timeout_s
        attempt = 0
        while True:
            try:
                request = ModelRequest(self._client, self._profile, messages, with_key=bool(self._secret))
                return request.run(deadline, stop, on_text)
            except (FailedRequest, TimeoutError) as failure:
                error, pause = self._judge(failure, attempt, deadline)
            if pause is None:
                raise error  # outside the handler: the original would hold the key in its request's headers
            _wait(pause, stop)
            attempt += 1

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _judge(
        self, failure: FailedRequest | TimeoutError, attempt: int, deadline: float
    ) -> tuple[ModelError, float | None]:
        """Return what to tell, and how long to wait for the next try; None when there is none."""
        if isinstance(failure, TimeoutError):
            limit = f"{self._profile.timeout_s:g} s"
            return ModelError(
                f"the model endpoint {self._host} gave no whole reply within {limit}", retryable=True
            ), None
        error = explain(failure.error, host=self._host, model=self._profile.model, secret=self._secret)
        wanted = retry_after(failure.error)
        pause = min(FIRST_RETRY_S * 2**attempt, MAX_RETRY_WAIT_S) if wanted is None else wanted
        last = attempt >= self._profile.retries or time.monotonic() + pause >= deadline
        return error, None if last or not error.retryable else pause


def is_private(host: str) -> bool:
    """Tell whether `host` is on this machine or in a private network, judged by its name or address alone."""
    name = host.strip("[]").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return "." not in name or name.endswith((".localhost", ".local", ".lan", ".internal", ".home.arpa"))
    mapped = getattr(address, "ipv4_mapped", None)
    return not (mapped or address).is_global


def _open(profile: ModelProfile, api_key: str, host: str) -> openai.OpenAI:
    try:
        # A private address never goes through a proxy; an unusable proxy must not stop what does not need it.
        http_client = openai.DefaultHttpxClient(
            trust_env=not is_private(urlsplit(profile.base_url).hostname or ""),
            event_hooks={"response": [bound_response]},
        )
        return openai.OpenAI(
            base_url=profile.base_url,
            api_key=api_key or "none",
            max_retries=0,
            http_client=http_client,
        )
    except ImportError as error:
        raise ModelError(
            f"the model endpoint {host} cannot be reached through the SOCKS proxy that ALL_PROXY or HTTPS_PROXY names: "
            "SOCKS is not supported; name an http:// proxy, or the host in NO_PROXY",
            retryable=False,
        ) from error
    except (ValueError, openai.OpenAIError) as error:
        raise ModelError(f"the model endpoint {host} cannot be used: {error}", retryable=False) from error


def _host_and_port(base_url: str) -> str:
    """Return HOST or HOST:PORT of a URL, without what may be secret in it."""
    try:
        parts = urlsplit(base_url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise ModelError(f"base_url of the model profile is not a URL: {error}", retryable=False) from error
    return f"{parts.hostname or ''}{port}"


def _wait(seconds: float, stop: Callable[[], None]) -> None:
    """Wait, with `stop` called every few milliseconds."""
    never = threading.Event()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        stop()
        never.wait(POLL_S)
