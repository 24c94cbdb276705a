"""Answers the HTTP requests of one connection: `/v1/chat/completions`, `/v1/models`, `/demo/faults`.

Several requests may follow one another on a connection. It must not decide anything about a reply but how it is sent.
Used by `server.py` only.
"""

from __future__ import annotations

import select
import time
import uuid
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from demo.model.chat import (
    ChatRequest,
    Json,
    RequestError,
    chunk_json,
    completion_json,
    count_usage,
    error_json,
    models_json,
    pieces,
    read_request,
    usage_chunk_json,
)
from demo.model.faults import SPOILED_REPLIES, FaultKind, raise_if_error
from demo.model.policy import decide, task_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from demo.model.server import ModelServer, _HttpServer

MODEL_NAME: Final = "scripted-model"
MAX_BODY_BYTES: Final = 64 << 20  # a conversation with one 16 MiB picture in base64, with room to spare
MAX_DRAIN_BYTES: Final = 64 << 20  # of a body that is too large: read on, so that the client sees the answer
IDLE_CONNECTION_S: Final = 60.0  # a kept connection that says nothing for so long is closed
SLOW_TOKEN_S: Final = 1.0
HANG_S: Final = 600.0  # even a hang ends, so that no thread is left behind for ever
FIRST_TOKEN_SHARE: Final = 0.3  # of the pace: what a real model needs to look at the picture


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_CONNECTION_S
    disable_nagle_algorithm = True  # a streamed piece is to arrive when it is sent
    server: _HttpServer

    @property
    def model(self) -> ModelServer:
        """The server that this connection belongs to."""
        return self.server.model

    def do_GET(self) -> None:
        """Answer a GET request."""
        self._route({"/v1/models": self._models, "/demo/faults": self._faults})

    def do_POST(self) -> None:
        """Answer a POST request."""
        self._route({"/v1/chat/completions": self._chat, "/demo/faults": self._plan_fault})

    def do_DELETE(self) -> None:
        """Answer a DELETE request."""
        self._route({"/demo/faults": self._clear_faults})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's signature
        """Keep the standard library's lines off the terminal."""

    def _route(self, routes: Mapping[str, Callable[[], None]]) -> None:
        path = urlsplit(self.path).path
        try:
            if path not in routes:
                raise RequestError(404, f"there is no {self.command} {path} here", "invalid_request_error")
            routes[path]()
        except RequestError as error:
            self.model.log(path=path, status=error.status, error=error.message)
            self._send_json(error.status, error_json(error))
        except (BrokenPipeError, ConnectionResetError):
            self.model.log(path=path, status=499, error="the client went away")
            self.close_connection = True

    # --- the demo's own ------------------------------------------------------------------------------------------

    def _models(self) -> None:
        self._send_json(200, models_json(MODEL_NAME))

    def _faults(self) -> None:
        self._send_json(200, {"planned": self.model.faults.planned()})

    def _plan_fault(self) -> None:
        self._send_json(200, {"planned": [self.model.faults.add(self._body())]})

    def _clear_faults(self) -> None:
        self.model.faults.clear()
        self._faults()

    # --- a reply ---------------------------------------------------------------------------------------------------

    def _chat(self) -> None:
        body = self._body()
        request = read_request(body)
        fault = self.model.faults.next_for(request.model)
        raise_if_error(fault)
        if fault is FaultKind.HANG:
            self._hang()
            return
        reply = SPOILED_REPLIES[fault] if fault in SPOILED_REPLIES else decide(request.messages)
        facts = {"path": "/v1/chat/completions", "bytes": len(body), "messages": len(request.messages)}
        self.model.log(**facts, status=200, fault=fault, task=task_text(request.messages)[:200], reply=reply)
        if fault is FaultKind.NONSENSE_JSON:
            self._send_nonsense(stream=bool(request.stream))
        elif request.stream:
            self._stream(request, reply, fault)
        else:
            self._send_whole(request, reply, fault)

    def _send_whole(self, request: ChatRequest, reply: str, fault: FaultKind | None) -> None:
        if not self.model.pause(self.model.config.pace_s + (SLOW_TOKEN_S if fault is FaultKind.SLOW else 0.0)):
            self.close_connection = True
            return
        usage = count_usage(request, reply)
        answer = completion_json(_reply_id(), int(time.time()), request.model, reply, usage)
        self._send_json(200, answer, cut=fault is FaultKind.DROP)

    def _stream(self, request: ChatRequest, reply: str, fault: FaultKind | None) -> None:
        self._send_head(200, "text/event-stream", {"Transfer-Encoding": "chunked", "Cache-Control": "no-cache"})
        parts = list(_events(request, reply))
        pace = self.model.config.pace_s
        delay = SLOW_TOKEN_S if fault is FaultKind.SLOW else pace * (1 - FIRST_TOKEN_SHARE) / len(parts)
        going = self.model.pause(pace * FIRST_TOKEN_SHARE)
        for number, event in enumerate(parts):
            if not going or (fault is FaultKind.DROP and number > len(parts) // 2):
                self.close_connection = True
                return
            self._send_chunk(b"data: " + msgspec.json.encode(event) + b"\n\n")
            going = self.model.pause(delay)
        self._send_chunk(b"data: [DONE]\n\n")
        self._send_chunk(b"")

    def _send_nonsense(self, *, stream: bool) -> None:
        broken = b'{"id": "chatcmpl-1", "choices": [{"message": {"content" "oops"'
        body = b"data: " + broken + b"\n\n" if stream else broken
        kind = "text/event-stream" if stream else "application/json"
        self._send_head(200, kind, {"Content-Length": str(len(body))})
        self.wfile.write(body)

    def _hang(self) -> None:
        """Keep silent until the client or the server ends it."""
        deadline = time.monotonic() + HANG_S
        while time.monotonic() < deadline and self.model.pause(0.1):
            if select.select([self.connection], [], [], 0)[0]:
                break  # nothing can come in but the end of the connection: the request was read whole
        self.close_connection = True

    # --- bytes -----------------------------------------------------------------------------------------------------

    def _body(self) -> bytes:
        written = self.headers.get("Content-Length", "")
        if not written.isascii() or not written.isdigit():
            self.close_connection = True  # where the next request begins is not known
            raise RequestError(411, "the request must say its Content-Length", "invalid_request_error")
        length = int(written[:20])
        if length > MAX_BODY_BYTES:
            self._drain(length)
            raise RequestError(413, f"the request is larger than {MAX_BODY_BYTES >> 20} MiB", "invalid_request_error")
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionResetError
        return body

    def _drain(self, length: int) -> None:
        self.close_connection = True
        left = min(length, MAX_BODY_BYTES + MAX_DRAIN_BYTES)
        while left > 0 and (block := self.rfile.read(min(left, 1 << 20))):
            left -= len(block)

    def _send_json(self, status: int, answer: Json, *, cut: bool = False) -> None:
        body = msgspec.json.encode(answer)
        self._send_head(status, "application/json", {"Content-Length": str(len(body))})
        if cut:
            self.close_connection = True
            body = body[: len(body) // 2]
        self.wfile.write(body)

    def _send_head(self, status: int, content_type: str, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _send_chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


def _reply_id() -> str:
    return f"chatcmpl-{uuid.uuid4().hex[:24]}"


def _events(request: ChatRequest, reply: str) -> Iterator[Json]:
    """Yield the events of a streamed reply: the role, the text in pieces, the reason of the end, the usage."""
    head = (_reply_id(), int(time.time()), request.model)
    yield chunk_json(*head, {"role": "assistant", "content": ""}, None)
    for piece in pieces(reply):
        yield chunk_json(*head, {"content": piece}, None)
    yield chunk_json(*head, {}, "stop")
    if request.stream_options and request.stream_options.include_usage:
        yield usage_chunk_json(*head, count_usage(request, reply))
