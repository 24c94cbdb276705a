"""The scripted model as a client sees it: the real openai client, and plain HTTP for what that client never sends."""

from __future__ import annotations

import base64
import http.client
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openai
import pytest

from demo.model.server import ModelConfig, ModelServer, run_model

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[2]
ASK: Any = [{"role": "user", "content": "Order a pizza"}]


@pytest.fixture
def model(tmp_path: Path) -> Iterator[ModelServer]:
    server = run_model(ModelConfig(pace_s=0.0, log=tmp_path / "model.jsonl"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def client(model: ModelServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        base_url=model.base_url,
        api_key="any",
        max_retries=0,
        timeout=20,
        http_client=openai.DefaultHttpxClient(trust_env=False),
    ) as made:
        yield made


def fetch(model: ModelServer, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
    connection = http_connection(model)
    connection.request(method, path, body)
    response = connection.getresponse()
    answer = response.status, json.loads(response.read())
    connection.close()
    return answer


def http_connection(model: ModelServer) -> http.client.HTTPConnection:
    host = model.base_url.removeprefix("http://").removesuffix("/v1")
    return http.client.HTTPConnection(host, timeout=20)


def plan(model: ModelServer, **fault: object) -> None:
    assert fetch(model, "POST", "/demo/faults", json.dumps(fault).encode())[0] == 200


def test_plain_reply_has_the_text_and_plausible_usage(client: openai.OpenAI) -> None:
    reply = client.chat.completions.create(model="scripted-model", messages=ASK)
    assert "success=false" in (reply.choices[0].message.content or "")
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage is not None
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens > 10


def test_streamed_reply_is_the_same_text_with_role_reason_and_usage(client: openai.OpenAI) -> None:
    plain = client.chat.completions.create(model="m", messages=ASK)
    with client.chat.completions.create(
        model="m", messages=ASK, stream=True, stream_options={"include_usage": True}
    ) as stream:
        chunks = list(stream)
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas) == plain.choices[0].message.content
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage == plain.usage
    assert len(chunks) > 10


def test_stream_without_the_wish_carries_no_usage(client: openai.OpenAI) -> None:
    with client.chat.completions.create(model="m", messages=ASK, stream=True) as stream:
        assert all(chunk.usage is None for chunk in stream)


def test_models_are_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["scripted-model"]


def test_request_with_a_picture_of_30_mb_is_answered(client: openai.OpenAI) -> None:
    picture = base64.b64encode(random.Random(1).randbytes(22_500_000)).decode()
    content = [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{picture}"}},
        {"type": "text", "text": "Turn on dark mode"},
    ]
    messages: Any = [{"role": "user", "content": content}]
    reply = client.chat.completions.create(model="m", messages=messages)
    assert "the picture is not a PNG" in (reply.choices[0].message.content or "")


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("429", openai.RateLimitError),
        ("500", openai.InternalServerError),
        ("401", openai.AuthenticationError),
        ("404", openai.NotFoundError),
    ],
)
def test_error_status_is_in_openais_shape(
    model: ModelServer, client: openai.OpenAI, kind: str, error: type[openai.APIStatusError]
) -> None:
    plan(model, kind=kind)
    with pytest.raises(error, match="asked for by the demo"):
        client.chat.completions.create(model="m", messages=ASK)
    assert client.chat.completions.create(model="m", messages=ASK).choices


def test_faults_come_after_and_as_often_as_planned(model: ModelServer, client: openai.OpenAI) -> None:
    plan(model, kind="empty", times=2, after=1)
    texts = [client.chat.completions.create(model="m", messages=ASK).choices[0].message.content for _ in range(5)]
    assert [bool(text) for text in texts] == [True, False, False, True, True]
    assert fetch(model, "GET", "/demo/faults") == (200, {"planned": []})


def test_planned_faults_are_shown_and_cleared(model: ModelServer) -> None:
    plan(model, kind="500", times=3)
    assert fetch(model, "GET", "/demo/faults")[1]["planned"] == [{"kind": "500", "times": 3, "after": 0}]
    assert fetch(model, "DELETE", "/demo/faults") == (200, {"planned": []})


@pytest.mark.parametrize(
    ("kind", "text"),
    [("empty", ""), ("prose", "I am not sure"), ("malformed", "element=[50"), ("unknown-action", "Teleport")],
)
def test_spoiled_replies_by_the_models_name(client: openai.OpenAI, kind: str, text: str) -> None:
    reply = client.chat.completions.create(model=f"scripted-model+{kind}", messages=ASK)
    content = reply.choices[0].message.content
    assert content is not None
    assert (text in content) if text else content == ""


@pytest.mark.parametrize("stream", [False, True])
def test_dropped_connection_is_an_error_and_no_short_reply(client: openai.OpenAI, stream: bool) -> None:
    with pytest.raises(openai.APIConnectionError):
        list(client.chat.completions.create(model="m+drop", messages=ASK, stream=stream))  # type: ignore[call-overload]


@pytest.mark.parametrize("stream", [False, True])
def test_nonsense_json_is_no_reply(client: openai.OpenAI, stream: bool) -> None:
    with pytest.raises((json.JSONDecodeError, openai.OpenAIError)):
        list(client.chat.completions.create(model="m+nonsense-json", messages=ASK, stream=stream))  # type: ignore[call-overload]


def test_hang_lasts_until_the_clients_own_time_limit(client: openai.OpenAI) -> None:
    started = time.monotonic()
    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=0.5).chat.completions.create(model="m+hang", messages=ASK)
    assert 0.4 < time.monotonic() - started < 5


def test_slow_tokens_come_one_by_one(client: openai.OpenAI) -> None:
    started = time.monotonic()
    with client.chat.completions.create(model="m+slow", messages=ASK, stream=True) as stream:
        for number, _ in enumerate(stream):
            if number == 1:
                break
    assert time.monotonic() - started >= 0.9


def test_pace_is_the_time_of_one_reply() -> None:
    server = run_model(ModelConfig(pace_s=0.6))
    server.start()
    started = time.monotonic()
    body = json.dumps({"model": "m", "messages": ASK, "stream": True}).encode()
    connection = http_connection(server)
    connection.request("POST", "/v1/chat/completions", body)
    assert connection.getresponse().read().endswith(b"data: [DONE]\n\n")
    taken = time.monotonic() - started
    connection.close()
    server.stop()
    assert 0.55 < taken < 3


def test_stop_cuts_a_reply_that_is_under_way(model: ModelServer) -> None:
    connection = http_connection(model)
    connection.request("POST", "/v1/chat/completions", json.dumps({"model": "m+hang", "messages": ASK}).encode())
    started = time.monotonic()
    model.stop()
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        connection.getresponse()
    connection.close()
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        ("/v1/chat/completions", b"", 400, "cannot be read"),
        ("/v1/chat/completions", b"{", 400, "cannot be read"),
        ("/v1/chat/completions", b"\xff\xfe", 400, "cannot be read"),
        ("/v1/chat/completions", b"[" * 100_000, 400, "cannot be read"),
        ("/v1/chat/completions", b"[]", 400, "Expected `object`"),
        ("/v1/chat/completions", b'{"model": "m"}', 400, "messages"),
        ("/v1/chat/completions", b'{"model": "m", "messages": []}', 400, "no messages"),
        ("/v1/chat/completions", b'{"model": 1, "messages": []}', 400, "Expected `str`"),
        ("/v1/chat/completions", b'{"model": "m", "messages": [{"role": "god", "content": ""}]}', 400, "god"),
        ("/v1/chat/completions", b'{"model": "m", "messages": [{"role": "user", "content": 5}]}', 400, "content"),
        (
            "/v1/chat/completions",
            b'{"model": "m", "messages": [{"role": "user", "content": [{"type": "audio"}]}]}',
            400,
            "audio",
        ),
        ("/v1/chat/completions", b'{"model": "m", "messages": [{"role": "user"}], "n": 3}', 400, "n must be 1"),
        ("/v1/embeddings", b"{}", 404, "there is no POST /v1/embeddings here"),
        ("/demo/faults", b'{"kind": "earthquake"}', 400, "the kinds are 429"),
        ("/demo/faults", b'{"kind": "429", "times": 0}', 400, "no such fault"),
    ],
)
def test_nonsense_is_refused_with_the_reason(
    model: ModelServer, path: str, body: bytes, status: int, reason: str
) -> None:
    answered, answer = fetch(model, "POST", path, body)
    assert answered == status
    assert reason in answer["error"]["message"]
    assert set(answer["error"]) == {"message", "type", "param", "code"}


def test_request_over_the_limit_is_refused_and_the_server_goes_on(model: ModelServer) -> None:
    status, answer = fetch(model, "POST", "/v1/chat/completions", b" " * ((64 << 20) + 1))
    assert status == 413
    assert "larger than 64 MiB" in answer["error"]["message"]
    assert fetch(model, "GET", "/v1/models")[0] == 200


@pytest.mark.parametrize("length", ["x", "-1", "١"])
def test_request_without_a_length_is_refused(model: ModelServer, length: str) -> None:
    connection = http_connection(model)
    connection.putrequest("POST", "/v1/chat/completions")
    connection.putheader("Content-Length", length.encode())
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()


def test_connection_is_kept_for_the_next_request(model: ModelServer) -> None:
    connection = http_connection(model)
    for _ in range(3):
        connection.request("GET", "/v1/models")
        assert connection.getresponse().read()
        connection.sock.settimeout(5)
    connection.request("POST", "/v1/chat/completions", b"{")
    assert connection.getresponse().read()
    connection.request("GET", "/v1/models")
    assert connection.getresponse().status == 200
    connection.close()


def test_requests_are_logged_without_their_pictures(model: ModelServer, client: openai.OpenAI, tmp_path: Path) -> None:
    client.chat.completions.create(model="m", messages=ASK)
    fetch(model, "POST", "/v1/nothing", b"{}")
    lines = [json.loads(line) for line in (tmp_path / "model.jsonl").read_text().splitlines()]
    assert [line["status"] for line in lines] == [200, 404]
    assert lines[0]["task"] == "Order a pizza"
    assert "finish(" in lines[0]["reply"]
    assert [line["n"] for line in lines] == [1, 2]


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-P", "-m", "demo.model", "--fast", "--log", str(tmp_path / "log.jsonl")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=REPOSITORY, text=True) as started:
        yield started
        started.kill()


def test_process_says_where_it_listens_and_ends_on_sigterm(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    assert ready["ready"] is True
    port = int(ready["base_url"].removesuffix("/v1").rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/v1/models")
    assert connection.getresponse().read()
    connection.close()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0


def test_port_that_cannot_be_had_is_said_without_a_traceback(model: ModelServer) -> None:
    port = model.base_url.removesuffix("/v1").rpartition(":")[2]
    command = [sys.executable, "-P", "-m", "demo.model", "--port", port]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 1
    assert f"cannot start on port {port}" in ended.stderr
    assert "Traceback" not in ended.stderr
