from datetime import UTC, datetime, timedelta

import pytest

from model_router.domain.ids import (
    SHARDS,
    attempt_id,
    created_at,
    is_recent,
    is_request_id,
    ledger_key,
    new_request_id,
    shard,
)

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

NOON = datetime(2026, 11, 23, 12, 0, 0, 123000, tzinfo=UTC)


def test_a_request_id_tells_when_it_was_made() -> None:
    request_id = new_request_id(NOON, bytes(10))
    assert is_request_id(request_id)
    assert created_at(request_id) == NOON


def test_ids_sort_by_time() -> None:
    earlier = new_request_id(NOON, b"\xff" * 10)
    assert earlier < new_request_id(NOON + timedelta(milliseconds=1), bytes(10))


def test_the_ledger_key_follows_from_the_id_alone() -> None:
    request_id = new_request_id(NOON, b"\x00" * 9 + b"\x2a")
    assert ledger_key(request_id) == ("2026-11-23#42", request_id.removeprefix("req_"))


def test_every_shard_is_reached() -> None:
    shards = {shard(new_request_id(NOON, number.to_bytes(10))) for number in range(1000)}
    assert shards == set(range(SHARDS))


def test_an_attempt_is_numbered_within_its_request() -> None:
    assert attempt_id("req_X", 2) == "req_X-2"


@pytest.mark.parametrize(
    "text", ["", "req_", "req_01ARZ3NDEKTSV4RRFFQ69G5FA", "req_" + "I" * 26, "x" * 30, "req_../../etc"]
)
def test_invalid_request_ids_are_recognised(text: str) -> None:
    assert not is_request_id(text)


def test_every_id_is_either_refused_or_has_a_time_and_a_ledger_key() -> None:
    for milliseconds in (0, 2**47, 228_698_418_577_407, 228_698_418_577_408, 253_402_300_800_000, 2**48 - 1):
        request_id = "req_" + "".join(ALPHABET[milliseconds >> 5 * place & 31] for place in range(9, -1, -1)) + "0" * 16
        if is_request_id(request_id):
            assert ledger_key(request_id)[1] == request_id.removeprefix("req_")
            assert (created_at(request_id) + timedelta(days=400)).year < 9999
        else:
            assert milliseconds >= 228_698_418_577_408


@pytest.mark.parametrize(
    ("made", "named"),
    [
        (timedelta(0), True),
        (timedelta(days=-28), True),
        (timedelta(minutes=5), True),
        (timedelta(days=-28, milliseconds=-1), False),
        (timedelta(minutes=5, milliseconds=1), False),
        (timedelta(days=-3650), False),
        (timedelta(days=365_000), False),
    ],
)
def test_a_message_names_only_an_id_of_the_time_that_queues_hold(made: timedelta, named: bool) -> None:
    assert is_recent(new_request_id(NOON + made, bytes(10)), NOON) is named


def test_randomness_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="10 random bytes"):
        new_request_id(NOON, bytes(9))
