"""The part of the OpenAI chat API that the scripted model speaks: its requests, replies and errors.

Requests are decoded strictly where it matters (types of what is used) and leniently where it does not (fields that a
scripted model has no use for are ignored, as real servers do). Pure. Called by the server and the policy.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

CHARS_PER_TOKEN: Final = 4  # the usual rule of thumb; real counts need the model's own tokenizer
TOKENS_PER_PICTURE: Final = 1_400  # what a 9B vision model of this family makes of a phone's screen, about


class RequestError(Exception):
    """A request that is answered with an HTTP error in OpenAI's JSON shape."""

    def __init__(self, status: int, message: str, kind: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.code = code


class TextPart(msgspec.Struct, frozen=True, tag_field="type", tag="text"):
    """Text inside a message."""

    text: str


class ImageUrl(msgspec.Struct, frozen=True):
    """Where the picture is: a `data:` URL."""

    url: str


class ImagePart(msgspec.Struct, frozen=True, tag_field="type", tag="image_url"):
    """A picture inside a message."""

    image_url: ImageUrl


class ChatMessage(msgspec.Struct, frozen=True):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[TextPart | ImagePart] | None = None

    def texts(self) -> list[str]:
        """Return the texts of the message in their order."""
        if isinstance(self.content, str):
            return [self.content]
        return [part.text for part in self.content or () if isinstance(part, TextPart)]

    def pictures(self) -> list[str]:
        """Return the URLs of the message's pictures in their order."""
        if isinstance(self.content, str):
            return []
        return [part.image_url.url for part in self.content or () if isinstance(part, ImagePart)]


class StreamOptions(msgspec.Struct, frozen=True):
    """What a streamed reply should also carry."""

    include_usage: bool = False


class ChatRequest(msgspec.Struct, frozen=True):
    """A request for a reply."""

    model: str
    messages: list[ChatMessage]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = 1


class Usage(msgspec.Struct, frozen=True):
    """What the request and its reply would have cost a real model."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


Json: TypeAlias = dict[str, object]


def read_request(body: bytes) -> ChatRequest:
    """Decode a request; raise `RequestError` 400 with what is wrong."""
    try:
        request = msgspec.json.decode(body, type=ChatRequest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(400, f"the request cannot be read: {error}", "invalid_request_error") from error
    if not request.messages:
        raise RequestError(400, "the request has no messages", "invalid_request_error")
    if request.n not in (None, 1):
        raise RequestError(400, "this model gives one reply only: n must be 1", "invalid_request_error")
    return request


def count_usage(request: ChatRequest, reply: str) -> Usage:
    """Return plausible numbers of tokens."""
    characters = sum(len(text) for message in request.messages for text in message.texts())
    pictures = sum(len(message.pictures()) for message in request.messages)
    prompt = characters // CHARS_PER_TOKEN + pictures * TOKENS_PER_PICTURE + 1
    completion = len(reply) // CHARS_PER_TOKEN + 1
    return Usage(prompt, completion, prompt + completion)


def completion_json(reply_id: str, created: int, model: str, reply: str, usage: Usage) -> Json:
    """Return the whole answer of a plain request."""
    choice = {"index": 0, "message": {"role": "assistant", "content": reply}, "finish_reason": "stop"}
    head: Json = {"id": reply_id, "object": "chat.completion", "created": created, "model": model}
    return head | {"choices": [choice], "usage": usage}


def chunk_json(reply_id: str, created: int, model: str, delta: Json, finish_reason: str | None) -> Json:
    """Return one event of a streamed answer."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return _chunk_head(reply_id, created, model) | {"choices": [choice]}


def usage_chunk_json(reply_id: str, created: int, model: str, usage: Usage) -> Json:
    """Return the event that carries the usage of a streamed answer."""
    return _chunk_head(reply_id, created, model) | {"choices": [], "usage": usage}


def _chunk_head(reply_id: str, created: int, model: str) -> Json:
    return {"id": reply_id, "object": "chat.completion.chunk", "created": created, "model": model}


def error_json(error: RequestError) -> Json:
    """Return an error in OpenAI's shape."""
    return {"error": {"message": error.message, "type": error.kind, "param": None, "code": error.code}}


def models_json(model: str) -> Json:
    """Return the answer of `/v1/models`."""
    return {"object": "list", "data": [{"id": model, "object": "model", "created": 0, "owned_by": "stepwell-demo"}]}


def pieces(reply: str) -> list[str]:
    """Cut a reply into pieces as a streaming model sends them, a few characters each."""
    size = 6
    return [reply[start : start + size] for start in range(0, len(reply), size)]
