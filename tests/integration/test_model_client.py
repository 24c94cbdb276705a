"""The model client against a server that misbehaves: every failure is one sentence, and a stop is at once."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Response

from demo.model.server import ModelConfig, ModelServer, run_model
from shared.settings import ModelProfile
from worker.agents import model_client, model_request
from worker.agents.actions import Finish
from worker.agents.conversation import Conversation
from worker.agents.model_client import ModelClient, is_private
from worker.agents.model_errors import ModelError
from worker.agents.reply_parser import parse_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_httpserver import HTTPServer

KEY = "sk-secret-0123456789"
ASK: Any = [{"role": "user", "content": "Order a pizza"}]
CHAT = "/v1/chat/completions"
MUCH_LATER_S = 15.0  # a slow machine keeps it; the endpoints of these tests hang or go on for far longer


class StopAsked(Exception):  # noqa: N818
    pass


def never() -> None:
    """The stop of a task that nobody stops."""


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_client, "FIRST_RETRY_S", 0.05)


@pytest.fixture
def model() -> Iterator[ModelServer]:
    server = run_model(ModelConfig(pace_s=0.0))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def connect() -> Iterator[Callable[..., ModelClient]]:
    opened: list[ModelClient] = []

    def make(base_url: str, api_key: str = KEY, **more: Any) -> ModelClient:
        settings = {"base_url": base_url, "model": "scripted-model", "timeout_s": 20.0, "retries": 2, **more}
        opened.append(ModelClient(ModelProfile(**settings), api_key))
        return opened[-1]

    yield make
    for client in opened:
        client.close()


def refused(client: ModelClient) -> ModelError:
    with pytest.raises(ModelError) as caught:
        client.ask(ASK, never)
    assert KEY not in repr(caught.getrepr(chain=True))
    assert caught.value.__context__ is None
    return caught.value


def sse(*events: object) -> Response:
    lines = "".join(f"data: {event if isinstance(event, str) else json.dumps(event)}\n\n" for event in events)
    return Response(lines, content_type="text/event-stream")


def piece(**delta: object) -> dict[str, object]:
    return {"id": "x", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta}]}


def test_reply_comes_whole_with_its_cost(model: ModelServer, connect: Callable[..., ModelClient]) -> None:
    shown: list[str] = []
    reply = connect(model.base_url).ask(ASK, never, shown.append)
    assert parse_reply(reply.text).action.gave_up is True  # type: ignore[union-attr]
    assert reply.prompt_tokens is not None
    assert reply.completion_tokens is not None
    assert 0 < reply.time_to_first_token_s <= reply.model_time_s < 10
    assert all(reply.text.startswith(text) for text in shown)
    assert shown


def test_conversation_with_a_large_picture_goes_through(
    model: ModelServer, connect: Callable[..., ModelClient]
) -> None:
    messages = Conversation("You operate a phone.", "Turn on dark mode").ask(b"GIF" * 3_000_000, "Home")
    assert "not a PNG" in connect(model.base_url).ask(messages, never).text


@pytest.mark.parametrize("variable", ["ALL_PROXY", "HTTP_PROXY", "all_proxy", "http_proxy"])
@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://127.0.0.1:1", "nonsense://x"])
def test_loopback_is_reached_whatever_proxy_is_set(
    monkeypatch: pytest.MonkeyPatch,
    model: ModelServer,
    connect: Callable[..., ModelClient],
    variable: str,
    proxy: str,
) -> None:
    monkeypatch.setenv(variable, proxy)
    assert connect(model.base_url).ask(ASK, never).text


def test_socks_proxy_for_a_public_host_is_refused_in_plain_words(
    monkeypatch: pytest.MonkeyPatch, connect: Callable[..., ModelClient]
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    with pytest.raises(ModelError, match=r"api\.example\.com cannot be (reached through the SOCKS proxy|used)"):
        connect("https://api.example.com/v1")


def test_proxy_that_is_none_is_refused_for_a_public_host(
    monkeypatch: pytest.MonkeyPatch, connect: Callable[..., ModelClient]
) -> None:
    monkeypatch.setenv("ALL_PROXY", "nonsense://x")
    with pytest.raises(ModelError, match=r"api\.example\.com cannot be used: .*proxy"):
        connect("https://api.example.com/v1")


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("10.1.2.3", True),
        ("172.16.0.1", True),
        ("192.168.1.20", True),
        ("169.254.1.1", True),
        ("100.64.0.7", True),
        ("fd00::1", True),
        ("fe80::1%eth0", True),
        ("::ffff:10.0.0.1", True),
        ("gpu-box", True),
        ("gpu.local", True),
        ("x.localhost", True),
        ("LOCALHOST.", True),
        ("8.8.8.8", False),
        ("172.32.0.1", False),
        ("2606:4700::1111", False),
        ("api.example.com", False),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
    ],
)
def test_private_hosts_are_told_from_public_ones(host: str, private: bool) -> None:
    assert is_private(host) is private


@pytest.mark.parametrize(
    ("kind", "words", "retryable"),
    [
        ("401", ["refuses the key (401)", "api_key_env"], False),
        ("404", ["does not know the model 'scripted-model", "404"], False),
        ("429", ["takes no more requests for now (429)", "Rate limit reached"], True),
        ("500", ["had an error of its own (500)"], True),
        ("drop", ["the connection to the model endpoint", "broke"], True),
        ("nonsense-json", ["not with a chat completion", "base_url"], False),
    ],
)
def test_failure_is_one_sentence_that_names_the_endpoint(
    model: ModelServer, connect: Callable[..., ModelClient], kind: str, words: list[str], retryable: bool
) -> None:
    error = refused(connect(model.base_url, model=f"scripted-model+{kind}"))
    host = model.base_url.removeprefix("http://").removesuffix("/v1")
    assert all(word in error.reason for word in [host, *words]), error.reason
    assert error.retryable is retryable
    assert "\n" not in error.reason
    assert len(error.reason) < 600


@pytest.mark.parametrize("kind", ["429", "500", "drop"])
def test_passing_failure_is_tried_again(model: ModelServer, connect: Callable[..., ModelClient], kind: str) -> None:
    model.faults.add(json.dumps({"kind": kind, "times": 2}).encode())
    assert connect(model.base_url).ask(ASK, never).text
    assert model.faults.planned() == []


def test_tries_are_bounded_and_a_lasting_failure_is_tried_once(
    model: ModelServer, connect: Callable[..., ModelClient]
) -> None:
    for kind, used in (("500", 3), ("401", 1)):
        model.faults.add(json.dumps({"kind": kind, "times": 10}).encode())
        refused(connect(model.base_url))
        assert model.faults.planned()[0].times == 10 - used
        model.faults.clear()


def test_endpoint_that_refuses_the_connection_is_named(connect: Callable[..., ModelClient]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        error = refused(connect(f"http://user:{KEY}@127.0.0.1:{port}/v1"))
    assert f"the model endpoint 127.0.0.1:{port} does not answer: " in error.reason
    assert "refused" in error.reason.lower()
    assert error.retryable


def test_unknown_host_is_named(connect: Callable[..., ModelClient]) -> None:
    error = refused(connect("http://no-such-host.localhost:9/v1", retries=0))
    assert "no-such-host.localhost:9 does not answer: " in error.reason


@pytest.mark.parametrize("kind", ["hang", "slow"])
def test_time_limit_holds_for_the_whole_reply(
    model: ModelServer, connect: Callable[..., ModelClient], kind: str
) -> None:
    started = time.monotonic()
    error = refused(connect(model.base_url, model=f"m+{kind}", timeout_s=0.5))
    assert "no whole reply within 0.5 s" in error.reason or "does not answer in time" in error.reason
    assert 0.4 < time.monotonic() - started < MUCH_LATER_S
    assert error.retryable


def test_time_limit_holds_for_a_reply_that_never_falls_silent_and_never_ends(
    httpserver: HTTPServer, connect: Callable[..., ModelClient]
) -> None:
    pause = threading.Event()
    line = f"data: {json.dumps(piece(content='x'))}\n\n".encode()
    trickle = (line for _ in range(2000) if not pause.wait(0.02))
    httpserver.expect_request(CHAT).respond_with_handler(lambda _: Response(trickle, content_type="text/event-stream"))
    started = time.monotonic()
    error = refused(connect(httpserver.url_for("/v1"), timeout_s=0.5))
    pause.set()
    assert "no whole reply within 0.5 s" in error.reason
    assert time.monotonic() - started < MUCH_LATER_S


def test_time_limit_holds_for_the_retries_together(
    model: ModelServer, connect: Callable[..., ModelClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_client, "FIRST_RETRY_S", 1.5)
    model.faults.add(json.dumps({"kind": "500", "times": 10}).encode())
    assert "500" in refused(connect(model.base_url, timeout_s=4.0, retries=9)).reason
    used = 10 - model.faults.planned()[0].times
    assert used <= 2, "a third try would begin 4.5 s after the first one"


@pytest.mark.parametrize("kind", ["hang", "slow", "500"])
def test_stop_ends_the_request_at_once_and_passes_through(
    model: ModelServer, connect: Callable[..., ModelClient], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(model_client, "FIRST_RETRY_S", 8.0)
    stop_asked = threading.Event()
    timer = threading.Timer(0.3, stop_asked.set)
    timer.start()

    def stop() -> None:
        if stop_asked.is_set():
            raise StopAsked

    started = time.monotonic()
    with pytest.raises(StopAsked):
        connect(model.base_url, model=f"m+{kind}").ask(ASK, stop)
    timer.join()
    assert time.monotonic() - started < 5.0  # neither the pause of 8 s nor the endpoint's silence was waited for


def test_what_the_stop_raises_is_never_taken_for_a_failure_of_the_model(
    model: ModelServer, connect: Callable[..., ModelClient]
) -> None:
    def stop() -> None:
        raise TypeError("a fault of the caller")

    with pytest.raises(TypeError, match="a fault of the caller"):
        connect(model.base_url).ask(ASK, stop)


def test_only_the_profiles_key_goes_out(
    httpserver: HTTPServer, connect: Callable[..., ModelClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "of-another-service")
    httpserver.expect_request(CHAT).respond_with_handler(lambda _: sse(piece(content="hi"), "[DONE]"))
    for key, expected in ((KEY, f"Bearer {KEY}"), ("", None)):
        assert connect(httpserver.url_for("/v1"), api_key=key).ask(ASK, never).text == "hi"
        request = httpserver.log[-1][0]
        assert request.headers.get("Authorization") == expected
        assert "of-another-service" not in str(request.headers)


def test_request_carries_the_settings_of_the_profile(
    httpserver: HTTPServer, connect: Callable[..., ModelClient]
) -> None:
    httpserver.expect_request(CHAT).respond_with_handler(lambda _: sse(piece(content="hi"), "[DONE]"))
    connect(httpserver.url_for("/v1"), model="autoglm-phone-9b", max_tokens=77).ask(ASK, never)
    sent = json.loads(httpserver.log[-1][0].data)
    assert {key: value for key, value in sent.items() if key != "messages"} == {
        "model": "autoglm-phone-9b",
        "max_tokens": 77,
        "temperature": 0.0,
        "top_p": 0.85,
        "frequency_penalty": 0.2,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert sent["messages"] == ASK


def test_key_that_the_endpoint_repeats_is_not_repeated(
    httpserver: HTTPServer, connect: Callable[..., ModelClient]
) -> None:
    httpserver.expect_request(CHAT).respond_with_json({"error": {"message": f"bad key {KEY}!"}}, status=401)
    assert "bad key ***!" in refused(connect(httpserver.url_for("/v1"))).reason


def test_endpoint_is_asked_again_when_it_wants_to_be(
    httpserver: HTTPServer, connect: Callable[..., ModelClient]
) -> None:
    busy = Response("{}", status=429, headers={"Retry-After": "1"}, content_type="application/json")
    httpserver.expect_ordered_request(CHAT).respond_with_response(busy)
    httpserver.expect_ordered_request(CHAT).respond_with_handler(lambda _: sse(piece(content="hi"), "[DONE]"))
    started = time.monotonic()
    assert connect(httpserver.url_for("/v1")).ask(ASK, never).text == "hi"
    assert time.monotonic() - started >= 1.0


def test_wait_longer_than_the_limit_is_not_waited(httpserver: HTTPServer, connect: Callable[..., ModelClient]) -> None:
    busy = Response("{}", status=429, headers={"Retry-After": "3600"}, content_type="application/json")
    httpserver.expect_request(CHAT).respond_with_response(busy)
    started = time.monotonic()
    assert "429" in refused(connect(httpserver.url_for("/v1"))).reason
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "answer",
    [
        Response("<html>Log in</html>", content_type="text/html"),
        Response("", content_type="text/event-stream"),
        Response('{"choices": []}', content_type="application/json"),
        sse([1, 2]),
        sse({"choices": 5}),
        sse({"choices": [5]}),
        sse({"choices": [{"delta": 5}]}),
        sse({"choices": [{"delta": {"content": 5}}]}),
        sse({"choices": [{"delta": {"content": ["x"]}}]}),
        sse({"choices": [{}]}),
        sse("{"),
        sse("[DONE]"),
        Response(b"data: \xff\xfe\n\n", content_type="text/event-stream"),
    ],
)
def test_answer_that_is_no_chat_completion_is_refused(
    httpserver: HTTPServer, connect: Callable[..., ModelClient], answer: Response
) -> None:
    httpserver.expect_request(CHAT).respond_with_response(answer)
    error = refused(connect(httpserver.url_for("/v1")))
    assert "not with a chat completion" in error.reason
    assert not error.retryable


def test_error_inside_the_stream_is_told(httpserver: HTTPServer, connect: Callable[..., ModelClient]) -> None:
    httpserver.expect_request(CHAT).respond_with_handler(
        lambda _: sse(piece(content="hi"), {"error": {"message": "out of memory"}})
    )
    error = refused(connect(httpserver.url_for("/v1")))
    assert "broke off its reply: out of memory" in error.reason


def test_reply_over_a_mebibyte_is_refused(httpserver: HTTPServer, connect: Callable[..., ModelClient]) -> None:
    httpserver.expect_request(CHAT).respond_with_handler(lambda _: sse(*[piece(content="x" * 65536)] * 17))
    assert "longer than 1 MiB" in refused(connect(httpserver.url_for("/v1"))).reason


def test_answer_without_an_end_is_given_up(
    httpserver: HTTPServer, connect: Callable[..., ModelClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_request, "MAX_RAW_BYTES", 4 << 20)
    endless = (b"x" * 65536 for _ in range(2000))
    httpserver.expect_request(CHAT).respond_with_handler(lambda _: Response(endless, content_type="text/event-stream"))
    assert "not with a chat completion" in refused(connect(httpserver.url_for("/v1"))).reason


def test_line_without_an_end_takes_little_memory(httpserver: HTTPServer, connect: Callable[..., ModelClient]) -> None:
    endless = (b"x" * 65536 for _ in range(4000))
    httpserver.expect_request(CHAT).respond_with_handler(lambda _: Response(endless, content_type="text/event-stream"))
    client = connect(httpserver.url_for("/v1"))
    tracemalloc.start()
    try:
        assert "not with a chat completion" in refused(client).reason
        assert tracemalloc.get_traced_memory()[1] < 64 << 20  # of 250 MiB that the server has ready
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("status", [200, 400])
def test_compressed_answer_is_refused_before_it_is_unpacked(
    httpserver: HTTPServer, connect: Callable[..., ModelClient], status: int
) -> None:
    bomb = gzip.compress(bytes(64 << 20))
    answer = Response(bomb, status, headers={"Content-Encoding": "gzip"}, content_type="text/event-stream")
    httpserver.expect_request(CHAT).respond_with_response(answer)
    client = connect(httpserver.url_for("/v1"))
    tracemalloc.start()
    try:
        error = refused(client)
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()
    assert "it is compressed (gzip), though it was asked for plain" in error.reason
    assert not error.retryable
    assert httpserver.log[-1][0].headers["Accept-Encoding"] == "identity"


def test_characters_that_no_text_can_hold_come_as_their_escapes_and_halves_that_meet_become_whole(
    httpserver: HTTPServer, connect: Callable[..., ModelClient]
) -> None:
    events = [
        piece(reasoning_content="a\0"),
        piece(content='<answer>finish(message="done \udc00 \ud83d'),
        piece(content='\ude00")</answer>'),
    ]
    httpserver.expect_request(CHAT).respond_with_handler(lambda _: sse(*events))
    client = connect(httpserver.url_for("/v1"))
    reply = client.ask(ASK, never)
    assert reply.text == '<think>a\\u0000</think><answer>finish(message="done \\udc00 😀")</answer>'
    parsed = parse_reply(reply.text)
    assert parsed.action == Finish("done \\udc00 😀")
    talk = Conversation("You operate a phone.", "Turn on dark mode")
    for keep in (lambda: talk.answered(parsed.thinking, parsed.action), lambda: talk.unreadable(reply.text)):
        talk.ask(b"PNG", "Home")
        keep()
    assert client.ask(talk.ask(b"PNG", "Home"), never) is not None


def test_thinking_in_a_field_of_its_own_is_put_in_front(
    httpserver: HTTPServer, connect: Callable[..., ModelClient]
) -> None:
    events = [
        piece(role="assistant"),
        piece(reasoning_content="I see "),
        piece(reasoning_content="it."),
        piece(content="do("),
    ]
    httpserver.expect_request(CHAT).respond_with_handler(lambda _: sse(*events, piece(content='action="Back")')))
    text = connect(httpserver.url_for("/v1")).ask(ASK, never).text
    assert text == '<think>I see it.</think>do(action="Back")'
    assert parse_reply(text).thinking == "I see it."


@pytest.mark.parametrize(
    "usage", [None, {}, {"prompt_tokens": -1, "completion_tokens": "many"}, {"prompt_tokens": 10**30}]
)
def test_nonsense_usage_is_left_out(
    httpserver: HTTPServer, connect: Callable[..., ModelClient], usage: dict[str, object] | None
) -> None:
    last = {"id": "x", "choices": [], "usage": usage}
    httpserver.expect_request(CHAT).respond_with_handler(lambda _: sse(piece(content="hi"), last, "[DONE]"))
    reply = connect(httpserver.url_for("/v1")).ask(ASK, never)
    assert (reply.text, reply.prompt_tokens, reply.completion_tokens) == ("hi", None, None)


def test_base_url_that_is_no_url_is_refused(connect: Callable[..., ModelClient]) -> None:
    with pytest.raises(ModelError, match="not a URL"):
        connect("http://[::1/v1")
    with pytest.raises(ModelError, match="not a URL"):
        connect("http://host:99999999/v1")
