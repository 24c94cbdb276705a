"""Why a model gave no reply, in sentences that a person understands.

`ModelError` is the only error of the model's side that the phone agent sees. `explain` turns whatever the HTTP client
raised into one, by its type; a key never gets into a sentence. This file imports `openai`, which takes about a second,
so only the model client may import it.
"""

from __future__ import annotations

from typing import Final

import openai

MAX_DETAIL_CHARS: Final = 300  # of what the endpoint itself says: some send whole web pages

_UNAUTHORIZED: Final = (401, 403)
_TOO_LARGE: Final = 413
_RETRYABLE_STATUS: Final = (408, 409, 425, 429)


class ModelError(Exception):
    """No reply came; `reason` says what happened and what to do, `retryable` whether it may work later."""

    def __init__(self, reason: str, *, retryable: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable


class NotAReply(Exception):  # noqa: N818 - the name of a fact about an answer
    """The endpoint's answer cannot be a reply, whatever else comes of it."""


def explain(error: Exception, *, host: str, model: str, secret: str) -> ModelError:
    """Return the `ModelError` for what was raised while `model` at `host` was asked."""
    found = _explain(error, host, model)
    reason = found.reason.replace(secret, "***") if secret else found.reason
    return ModelError(reason, retryable=found.retryable)


def retry_after(error: Exception) -> float | None:
    """Return the seconds that the endpoint asks to wait before the next try, if it says so."""
    if not isinstance(error, openai.APIStatusError):
        return None
    written = error.response.headers.get("retry-after", "")
    return float(written) if written.isascii() and written.isdigit() and len(written) <= 6 else None  # noqa: PLR2004


def _explain(error: Exception, host: str, model: str) -> ModelError:
    if isinstance(error, ModelError):
        return error
    if isinstance(error, openai.APIConnectionError):  # the client takes what the bound raised for the network's fault
        error = next((cause for cause in _causes(error) if isinstance(cause, NotAReply)), error)
    if isinstance(error, openai.APIStatusError):
        return _explain_status(error, host, model)
    if isinstance(error, openai.APIConnectionError):
        return _explain_connection(error, host)
    if isinstance(error, openai.APIError) and not isinstance(error, openai.APIResponseValidationError):
        return ModelError(f"the model endpoint {host} broke off its reply: {_cut(error.message)}", retryable=True)
    # Anything else was raised while the answer was read: JSON that is none, or objects of another shape.
    detail = str(error) if isinstance(error, NotAReply) else f"{type(error).__name__}: {error}".removesuffix(": ")
    return ModelError(
        f"the model endpoint {host} answers, but not with a chat completion ({_cut(detail)}); "
        "check that base_url is an OpenAI-compatible endpoint, usually ending in /v1",
        retryable=False,
    )


def _explain_status(error: openai.APIStatusError, host: str, model: str) -> ModelError:
    status, said = error.status_code, _what_it_says(error)
    if status in _UNAUTHORIZED:
        what = f"refuses the key ({status}): {said}; check api_key_env or api_key_file of the model profile"
    elif status == openai.NotFoundError.status_code:
        what = f"does not know the model {model!r}, or base_url is wrong (404): {said}"
    elif status == openai.RateLimitError.status_code:
        what = f"takes no more requests for now (429): {said}"
    elif status >= 500:  # noqa: PLR2004 - HTTP's class of server errors
        what = f"had an error of its own ({status}): {said}"
    elif status == _TOO_LARGE:
        what = f"finds the request with its screenshot too large (413): {said}"
    else:
        what = f"refuses the request ({status}): {said}"
    retryable = status in _RETRYABLE_STATUS or status >= 500  # noqa: PLR2004
    return ModelError(f"the model endpoint {host} {what}", retryable=retryable)


def _explain_connection(error: openai.APIConnectionError, host: str) -> ModelError:
    causes = _causes(error)
    kinds = {type(cause).__name__ for cause in causes}
    detail = _cut(next((str(cause) for cause in reversed(causes) if str(cause)), str(error)))
    if kinds & {"ConnectTimeout", "ReadTimeout", "WriteTimeout", "PoolTimeout"} or isinstance(
        error, openai.APITimeoutError
    ):
        return ModelError(f"the model endpoint {host} does not answer in time", retryable=True)
    if kinds & {"ConnectError", "ProxyError", "UnsupportedProtocol"}:
        return ModelError(f"the model endpoint {host} does not answer: {detail}", retryable=True)
    return ModelError(f"the connection to the model endpoint {host} broke: {detail}", retryable=True)


def _causes(error: BaseException) -> list[BaseException]:
    """Return the chain of causes below `error`, the nearest first."""
    found: list[BaseException] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and cause not in found:
        found.append(cause)
        cause = cause.__cause__ or cause.__context__
    return found


def _what_it_says(error: openai.APIStatusError) -> str:
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("message"), str):
        return _cut(body["message"])
    return _cut(error.message)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_DETAIL_CHARS else f"{line[:MAX_DETAIL_CHARS]}…"
