"""Names, incarnations and the ids that Stepwell makes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from message_strategies import identities

from shared.identity import (
    IDENTIFIER,
    Identity,
    new_incarnation,
    new_session_id,
    parse_identity,
    session_id_from_key,
)
from shared.messages import Role


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("daemon", Role.DAEMON),
        ("supervisor", Role.SUPERVISOR),
        ("worker-1", Role.WORKER),
        ("worker-1-2", Role.WORKER),
        ("cli-5b0c9a", Role.CLI),
        ("gui", Role.GUI),
        ("phone", Role.PHONE),
        ("model", Role.MODEL),
    ],
)
def test_the_role_is_the_part_before_the_first_dash(name: str, role: Role) -> None:
    assert Identity(name, "a").role is role


@pytest.mark.parametrize("name", ["", "-worker", "Worker-1", "worker1", "root", "daemonx-1", "worker_1"])
def test_a_name_of_no_role_is_no_role(name: str) -> None:
    with pytest.raises(ValueError, match="is not a valid Role"):
        _ = Identity(name, "a").role


def test_what_is_written_is_read_the_same() -> None:
    worker = Identity("worker-1", new_incarnation())
    assert parse_identity(str(worker)) == worker
    assert worker.routing_id == str(worker).encode()


@settings(derandomize=True, database=None)
@given(identities())
def test_every_routing_id_fits_into_zeromqs_255_bytes(identity: Identity) -> None:
    assert 3 <= len(identity.routing_id) <= 255
    assert identity.routing_id[0] != 0, "ZeroMQ keeps ids that begin with 0 for itself"


@pytest.mark.parametrize(
    "text",
    ["", ".", "worker-1", "worker-1.", ".abc", "worker-1.a.b", "worker 1.a", "worker-1.a\n", "../worker.a", "é.a",
     "nobody.a", "worker-1." + "a" * 65],
)  # fmt: skip
def test_what_names_no_process_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_identity(text)


def test_made_ids_are_identifiers_and_never_the_same() -> None:
    made = {make() for make in (new_incarnation, new_session_id) for _ in range(500)}
    assert len(made) == 1000
    assert all(IDENTIFIER.match(one) for one in made)


def test_the_same_key_is_the_same_task_and_another_key_another() -> None:
    assert session_id_from_key("nightly") == session_id_from_key("nightly")
    keys = ["nightly", "Nightly", "nightly ", "", "näightly", "\ud800", "x" * 100_000]
    ids = {session_id_from_key(key) for key in keys}
    assert len(ids) == len(keys)
    assert all(IDENTIFIER.match(one) and len(one) == 32 for one in ids)


@pytest.mark.parametrize("text", ["a", "A-_9", "a" * 64])
def test_identifiers(text: str) -> None:
    assert IDENTIFIER.match(text)


@pytest.mark.parametrize("text", ["", "a" * 65, "a b", "a\n", "a/b", "..", "ä", "a\0", "１"])
def test_what_is_no_identifier(text: str) -> None:
    assert not IDENTIFIER.match(text)
