"""Idempotency keys, and failures of their store."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.runs import Kept

from model_router.domain.errors import Conflict, KeyReused, Overloaded
from model_router.domain.executions.execution import IdempotencyKey, fingerprint, key_name
from model_router.domain.executions.stored_answer import StoredAnswer
from model_router.services.jobs.idempotency import UNAVAILABLE, Idempotency, IdempotentResult

KEYED = IdempotencyKey("client-1", "the key", fingerprint({"prompt": "x"}, "route"))


class Stand:
    def __init__(self) -> None:
        self.kept = Kept()
        self.idempotency = Idempotency(self.kept.storage)
        self.runs = 0

    def work(self, headers: Mapping[str, str]) -> StoredAnswer:
        self.runs += 1
        return StoredAnswer(200, {"request-id": f"req_{self.runs}", **headers}, f'{{"run":{self.runs}}}')

    def ask(self, keyed: IdempotencyKey | None = KEYED) -> IdempotentResult:
        return self.idempotency.run_once(keyed, 30, self.work)


def test_without_a_key_nothing_is_stored() -> None:
    stand = Stand()
    assert [stand.ask(None).answer.body, stand.ask(None).answer.body] == ['{"run":1}', '{"run":2}']
    assert not stand.kept.runs.stored
    assert not stand.kept.texts.stored


def test_a_repeated_key_replays_the_answer_and_says_so() -> None:
    stand = Stand()
    first, second = stand.ask(), stand.ask()
    assert (first.replayed, second.replayed, stand.runs) == (False, True, 1)
    assert second.answer == first.answer.with_headers({"x-router-replayed": "true"})


def test_an_expired_key_is_free() -> None:
    stand = Stand()
    stand.ask()
    stand.kept.clock.elapsed += 24 * 3600
    assert not stand.ask().replayed


def test_another_body_is_refused_even_while_the_first_runs() -> None:
    stand = Stand()
    other = IdempotencyKey("client-1", "the key", "another")

    def meanwhile(headers: Mapping[str, str]) -> StoredAnswer:
        with pytest.raises(KeyReused):
            stand.ask(other)
        with pytest.raises(Conflict):
            stand.ask()
        return stand.work(headers)

    stand.idempotency.run_once(KEYED, 30, meanwhile)
    with pytest.raises(KeyReused):
        stand.ask(other)


def test_a_lease_outlasts_the_requests_own_deadline_and_then_ends() -> None:
    stand = Stand()

    def dies(_: Mapping[str, str]) -> StoredAnswer:
        stand.kept.clock.elapsed += 30
        with pytest.raises(Conflict):
            stand.ask()
        stand.kept.clock.elapsed += 20
        return stand.ask().answer

    # It was not dead, only slow: the later run's answer is the one that is kept.
    slow = stand.idempotency.run_once(KEYED, 30, dies)
    assert slow.answer.headers["x-router-idempotency"] == "unavailable"
    assert stand.ask().answer.body == '{"run":1}'


def test_an_error_frees_the_key() -> None:
    stand = Stand()

    def fails(_: Mapping[str, str]) -> StoredAnswer:
        raise Overloaded("busy")

    with pytest.raises(Overloaded):
        stand.idempotency.run_once(KEYED, 30, fails)
    assert not stand.ask().replayed


def test_a_request_whose_key_cannot_be_claimed_is_answered_with_a_header() -> None:
    stand = Stand()
    stand.kept.runs.broken = {"claim"}
    assert stand.ask().answer.headers["x-router-idempotency"] == "unavailable"
    assert stand.kept.telemetry.named("IdempotencyUnavailable")[0]["step"] == "claim"


@pytest.mark.parametrize("broken", [{"advance"}, {"advance", "forget"}])
def test_an_answer_that_cannot_be_stored_still_reaches_the_caller(broken: set[str]) -> None:
    stand = Stand()
    stand.kept.runs.broken = broken
    assert stand.ask().answer == StoredAnswer(200, {"request-id": "req_1", **UNAVAILABLE}, '{"run":1}')


def test_a_missing_stored_answer_is_made_again() -> None:
    stand = Stand()
    stand.ask()
    stand.kept.texts.stored.clear()
    assert (stand.ask().replayed, stand.runs) == (False, 2)


def test_no_client_can_name_anothers_key() -> None:
    stand = Stand()
    stand.ask()
    assert not stand.ask(IdempotencyKey("client-2", KEYED.key, KEYED.fingerprint)).replayed
    assert key_name("a", "b") != key_name("ab", "")


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_names_differ_if_client_or_key_differs(client: str, key: str, other: str, second: str) -> None:
    assert (key_name(client, key) == key_name(other, second)) == ((client, key) == (other, second))


def test_a_fingerprint_ignores_the_order_of_fields_and_the_place_of_the_key() -> None:
    body = {"prompt": "x", "tags": {"a": "1", "b": "2"}}
    turned = {"tags": {"b": "2", "a": "1"}, "prompt": "x", "idempotency_key": "k"}
    assert fingerprint(body, "route", None) == fingerprint(turned, "route", None)
    assert fingerprint(body, "route", None) != fingerprint(body, "messages", None)
    assert fingerprint(body, "route", None) != fingerprint({**body, "prompt": "y"}, "route", None)
    asked = {"messages": [], "router": {"task": "x"}}
    keyed = {"messages": [], "router": {"task": "x", "idempotency_key": "k"}}
    assert fingerprint(asked) == fingerprint(keyed)


def test_a_stored_answer_is_unchanged() -> None:
    answer = StoredAnswer(202, {"a": "b"}, '{"cost":0.10}', (("ping", "{}"), ("message_stop", "x\ny")))
    assert StoredAnswer.from_text(answer.to_text()) == answer


def retry(count: int) -> IdempotencyKey:
    return IdempotencyKey("client-1", "made of the request", "f", retry=count)


def test_a_retry_waits_for_the_first_try_and_gets_its_answer() -> None:
    """Another process runs the first try; it is done while the retry sleeps."""
    stand = Stand()
    run = stand.kept.storage.claim_of(key_name("client-1", "made of the request"), "client-1", "f", 30)
    assert stand.kept.runs.claim(run, stand.kept.clock.now()) is None
    sleep = stand.kept.clock.sleep

    def sleep_and_finish(seconds: float) -> None:
        sleep(seconds)
        if stand.kept.clock.elapsed > 5 and stand.kept.runs.advance(run, "done"):
            stand.kept.texts.put(run.text_key(), stand.work({}).to_text())

    stand.kept.clock.sleep = sleep_and_finish  # type: ignore[method-assign]
    given = stand.ask(retry(1))
    assert (given.replayed, given.answer.body, stand.runs) == (True, '{"run":1}', 1)
    assert given.answer.headers["x-router-replayed"] == "true"


def test_a_retry_gets_an_answer_that_came_just_before_it() -> None:
    stand = Stand()
    stand.ask(retry(0))
    assert stand.ask(retry(1)).replayed
    assert stand.runs == 1


def test_a_first_try_never_gets_an_earlier_answer() -> None:
    stand = Stand()
    assert [stand.ask(retry(0)).replayed for _ in range(3)] == [False] * 3
    assert stand.runs == 3
    assert stand.ask(retry(1)).answer.body == '{"run":3}'


def test_two_identical_first_trys_do_not_wait_for_each_other() -> None:
    stand = Stand()

    def meanwhile(headers: Mapping[str, str]) -> StoredAnswer:
        assert not stand.ask(retry(0)).replayed
        return stand.work(headers)

    stand.idempotency.run_once(retry(0), 30, meanwhile)
    assert (stand.runs, stand.kept.clock.elapsed) == (2, 0)


def test_a_retry_is_executed_if_the_first_try_failed_or_died_or_expired() -> None:
    def fails(_: Mapping[str, str]) -> StoredAnswer:
        raise Overloaded("busy")

    def dies(_: Mapping[str, str]) -> StoredAnswer:
        raise SystemExit

    for first in (fails, dies):
        stand = Stand()
        with pytest.raises((Overloaded, SystemExit)):
            stand.idempotency.run_once(retry(0), 30, first)
        assert not stand.ask(retry(1)).replayed
    stand = Stand()
    stand.ask(retry(0))
    stand.kept.clock.elapsed += 60
    assert not stand.ask(retry(1)).replayed


def test_a_retry_gives_up_within_its_own_deadline() -> None:
    stand = Stand()

    def meanwhile(headers: Mapping[str, str]) -> StoredAnswer:
        with pytest.raises(Conflict):
            stand.ask(retry(1))
        assert stand.kept.clock.elapsed < 30
        return stand.work(headers)

    stand.idempotency.run_once(retry(0), 60, meanwhile)


@pytest.mark.parametrize("step", ["claim", "advance", "forget"])
def test_a_retry_is_answered_without_the_store(step: str) -> None:
    stand = Stand()
    stand.ask(retry(0))
    stand.kept.runs.broken = {step}
    assert stand.ask(retry(0)).answer.body == '{"run":2}'
