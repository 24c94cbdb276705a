"""One streamed request to a model, read in a thread of its own.

So a stop and the time limit take effect at once, whatever the endpoint does; the thread that was given up ends with its
connection. What comes is bounded: a reply over 1 MiB is none, nor is an answer of more bytes than `bound_response` lets
through, and pieces that nobody has taken yet do not heap up. Called by `model_client.py` only.
"""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, Final, Protocol

import msgspec
import openai

from shared.texts import escaped
from worker.agents.model_errors import ModelError, NotAReply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

    from shared.settings import ModelProfile

CONNECT_S: Final = 10.0  # a host that is there answers much sooner; a wrong address should not cost the whole limit
POLL_S: Final = 0.02  # how soon a stop takes effect while nothing comes
MAX_REPLY_BYTES: Final = 1 << 20  # 3,000 tokens are some 15 KiB; what is longer is no reply
MAX_RAW_BYTES: Final = 16 << 20  # a streamed token comes in some 250 bytes of JSON: 60,000 of them
PIECES_WAITING: Final = 256  # that were read and not yet looked at; each is a tree of objects
MAX_TOKENS_COUNTED: Final = 1 << 40  # what an endpoint says beyond that is no count
SHOW_EVERY_S: Final = 0.05  # faster than a person can read


class ModelReply(msgspec.Struct, frozen=True):
    """A whole reply. The token counts are None when the endpoint does not tell them; times are in seconds."""

    text: str
    prompt_tokens: int | None
    completion_tokens: int | None
    time_to_first_token_s: float
    model_time_s: float


class FailedRequest(Exception):  # noqa: N818 - carries an error out of the reading thread
    """The request failed with `error`, which `model_errors.explain` puts into words."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class Response(Protocol):
    """What is needed of the HTTP library's response; which library that is depends on the version of openai."""

    headers: Mapping[str, str]
    iter_raw: Callable[..., Iterator[bytes]]


def bound_response(response: Response) -> None:
    """Let a response give `MAX_RAW_BYTES` at most; raise `NotAReply` at once when it is compressed.

    It was asked for plain: a compressed one could be a thousand times larger than what comes, all of it in memory.
    A hook of the HTTP client, so that it holds for refusals and redirects too.
    """
    coding = response.headers.get("content-encoding", "identity")
    if coding.strip().lower() not in ("", "identity"):
        raise NotAReply(f"it is compressed ({coding[:40]}), though it was asked for plain")
    unbounded = response.iter_raw

    def bounded(*arguments: int, **named: int) -> Iterator[bytes]:
        came = 0
        for piece in unbounded(*arguments, **named):
            came += len(piece)
            if came > MAX_RAW_BYTES:
                raise NotAReply(f"more than {MAX_RAW_BYTES >> 20} MiB without an end")
            yield piece

    response.iter_raw = bounded


class _End(msgspec.Struct, frozen=True):
    """The endpoint ended its answer."""


class ModelRequest:
    """A thread that reads, and the caller that waits for what it reads."""

    def __init__(
        self,
        client: openai.OpenAI,
        profile: ModelProfile,
        messages: Sequence[ChatCompletionMessageParam],
        *,
        with_key: bool,
    ) -> None:
        self._client = client
        self._with_key = with_key
        self._profile = profile
        self._messages = messages
        self._arrived: queue.Queue[ChatCompletionChunk | _End | Exception] = queue.Queue(PIECES_WAITING)
        self._given_up = threading.Event()

    def run(
        self, deadline: float, stop: Callable[[], None], on_text: Callable[[str], None] | None = None
    ) -> ModelReply:
        """Return the reply; raise `FailedRequest`, TimeoutError at `deadline`, or what `stop` raises."""
        text = _ReplyText(time.monotonic())
        seconds = max(deadline - time.monotonic(), POLL_S)
        threading.Thread(target=self._read, args=(seconds,), name="model-request", daemon=True).start()
        shown = 0.0
        try:
            while True:
                stop()
                arrived = self._next(deadline)
                if isinstance(arrived, _End):
                    return text.reply()
                if arrived is not None and text.add(arrived) and on_text and time.monotonic() - shown > SHOW_EVERY_S:
                    on_text(text.so_far())
                    shown = time.monotonic()
        finally:
            self._given_up.set()

    def _next(self, deadline: float) -> ChatCompletionChunk | _End | None:
        """Return what comes next, or None when nothing came within a moment."""
        if time.monotonic() >= deadline:  # also for an endpoint that never falls silent
            raise TimeoutError
        try:
            arrived = self._arrived.get(timeout=POLL_S)
        except queue.Empty:
            return None
        if isinstance(arrived, Exception):
            raise FailedRequest(arrived)
        return arrived

    def _read(self, seconds: float) -> None:
        """Read the reply into the queue; runs in a thread of its own, and puts its end there, too."""
        try:
            with self._begin(seconds) as stream:
                for chunk in stream:
                    if not self._put(chunk):
                        return
        except Exception as error:  # noqa: BLE001 - handed to the waiting caller, which judges it
            self._put(error)
        else:
            self._put(_End())

    def _put(self, piece: ChatCompletionChunk | _End | Exception) -> bool:
        """Hand a piece to the waiting caller; False when it has given up."""
        while not self._given_up.is_set():
            try:
                self._arrived.put(piece, timeout=POLL_S)
            except queue.Full:
                continue
            return True
        return False

    def _begin(self, seconds: float) -> openai.Stream[ChatCompletionChunk]:
        profile = self._profile
        return self._client.chat.completions.create(
            model=profile.model,
            messages=self._messages,
            max_tokens=profile.max_tokens,
            temperature=profile.temperature,
            top_p=profile.top_p,
            frequency_penalty=profile.frequency_penalty,
            stream=True,
            stream_options={"include_usage": True},
            extra_headers=self._headers(),
            timeout=openai.Timeout(seconds, connect=min(CONNECT_S, seconds)),
        )

    def _headers(self) -> dict[str, str | openai.Omit]:
        """Leave out what the client would add from the environment, which holds it for another service.

        And ask for an answer that is not compressed.
        """
        headers: dict[str, str | openai.Omit] = {
            "Accept-Encoding": "identity",
            "OpenAI-Organization": openai.Omit(),
            "OpenAI-Project": openai.Omit(),
        }
        return headers if self._with_key else headers | {"Authorization": openai.Omit()}


class _ReplyText:
    """Gathers the pieces of a reply.

    Some servers take the thinking out of the text and send it in a field of its own; it is put back in front.
    """

    def __init__(self, started: float) -> None:
        self._started = started
        self._first_token: float | None = None
        self._chunks = 0
        self._bytes = 0
        self._thinking: list[str] = []
        self._text: list[str] = []
        self._usage: tuple[int | None, int | None] = (None, None)

    def add(self, chunk: ChatCompletionChunk) -> bool:
        """Take a piece; tell whether it held text. Raises `FailedRequest` for what is no piece of a chat completion."""
        try:
            thinking, text = self._open(chunk)
        except (AttributeError, TypeError, LookupError) as error:  # the client checks no types
            raise FailedRequest(error) from error
        self._chunks += 1
        self._bytes += len(thinking.encode(errors="replace")) + len(text.encode(errors="replace"))
        if self._bytes > MAX_REPLY_BYTES:
            limit = f"{MAX_REPLY_BYTES >> 20} MiB"
            raise FailedRequest(ModelError(f"the model's reply is longer than {limit}; no reply is", retryable=False))
        if thinking:
            self._thinking.append(thinking)
        if text:
            self._text.append(text)
        if self._first_token is None and (thinking or text):
            self._first_token = time.monotonic()
        return bool(thinking or text)

    def so_far(self) -> str:
        """Return what has come, as the parser wants it, in characters that can be stored and sent."""
        thinking, text = escaped("".join(self._thinking)), escaped("".join(self._text))
        return f"<think>{thinking}</think>{text}" if thinking else text

    def reply(self) -> ModelReply:
        """Return the whole reply; raise `FailedRequest` when nothing that came was a piece of one."""
        if not self._chunks:
            raise FailedRequest(NotAReply("its answer holds no part of a reply"))
        ended = time.monotonic()
        return ModelReply(
            text=self.so_far(),
            prompt_tokens=self._usage[0],
            completion_tokens=self._usage[1],
            time_to_first_token_s=(self._first_token or ended) - self._started,
            model_time_s=ended - self._started,
        )

    def _open(self, chunk: ChatCompletionChunk) -> tuple[str, str]:
        if chunk.usage is not None:
            self._usage = (_count(chunk.usage.prompt_tokens), _count(chunk.usage.completion_tokens))
        if not chunk.choices:
            return "", ""
        delta = chunk.choices[0].delta
        thinking = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None) or ""
        text = delta.content or ""
        if not isinstance(thinking, str) or not isinstance(text, str):
            raise TypeError("a piece of the reply is not text")
        return thinking, text


def _count(told: object) -> int | None:
    return told if isinstance(told, int) and 0 <= told <= MAX_TOKENS_COUNTED else None
