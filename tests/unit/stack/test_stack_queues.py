"""Local AWS's queues: what a call costs does not depend on how many messages wait."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.sqs import models
from moto.sqs.exceptions import ReceiptHandleIsInvalid

from devtools.local_stack.aws import moto_queues

ACCOUNT, REGION = "123456789012", "us-east-1"


class Clock:
    """The time in seconds, for moto and for the queue."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.asked = 0

    def seconds(self) -> float:
        self.asked += 1
        return self.now

    def milliseconds(self) -> float:
        return self.seconds() * 1000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(models, "Queue", moto_queues.IndexedQueue)
    monkeypatch.setattr(models, "Message", moto_queues.IndexedMessage)
    for module in (models, moto_queues):
        monkeypatch.setattr(module, "unix_time_millis", clock.milliseconds)
    monkeypatch.setattr(models, "unix_time", clock.seconds)
    return clock


@pytest.fixture
def sqs(clock: Clock) -> Iterator[Any]:
    made = models.sqs_backends[ACCOUNT][REGION]
    made.reset()
    made.create_queue("jobs", {})
    yield made
    made.reset()


def receive(sqs: Any, count: int = 1, hidden: int = 30) -> list[Any]:
    found: list[Any] = sqs.receive_message("jobs", count, 0, hidden)
    return found


def bodies(messages: list[Any]) -> list[str]:
    return [message.body for message in messages]


def send(sqs: Any, *texts: str, delay: int | None = None) -> None:
    for text in texts:
        sqs.send_message("jobs", text, delay_seconds=delay)


def looks(clock: Clock, work: Callable[[], object]) -> int:
    """How often a piece of work asks what time it is, which moto does for each message that it looks at."""
    before = clock.asked
    work()
    return clock.asked - before


def test_a_call_costs_the_same_however_many_messages_wait(sqs: Any, clock: Clock) -> None:
    cost = []
    for waiting in (10, 1_000, 5_000):
        send(sqs, *("x" for _ in range(waiting)))
        clock.now += 1
        for _ in range(5):
            receive(sqs)

        def serve_one() -> None:
            (message,) = receive(sqs)
            sqs.delete_message("jobs", message.receipt_handle)
            send(sqs, "y")

        cost.append(looks(clock, serve_one))
    assert cost == [cost[0]] * 3
    assert cost[0] < 30


def test_a_received_message_is_hidden_until_its_time_is_over(sqs: Any, clock: Clock) -> None:
    send(sqs, "a", "b")
    clock.now += 1
    assert bodies(receive(sqs, 10)) == ["a", "b"]
    assert receive(sqs, 10) == []
    clock.now += 31
    assert bodies(receive(sqs, 10)) == ["a", "b"]


def test_a_delayed_message_comes_when_its_delay_is_over(sqs: Any, clock: Clock) -> None:
    send(sqs, "a", delay=10)
    clock.now += 9
    assert receive(sqs) == []
    clock.now += 2
    assert bodies(receive(sqs)) == ["a"]


def test_a_changed_visibility_counts(sqs: Any, clock: Clock) -> None:
    send(sqs, "a")
    clock.now += 1
    (message,) = receive(sqs, hidden=600)
    sqs.change_message_visibility("jobs", message.receipt_handle, 0)
    clock.now += 1
    assert bodies(receive(sqs)) == ["a"]


def test_a_deleted_message_is_gone_and_may_be_deleted_again(sqs: Any, clock: Clock) -> None:
    send(sqs, "a")
    clock.now += 1
    (first,) = receive(sqs)
    clock.now += 31
    receive(sqs)
    for _ in range(2):
        sqs.delete_message("jobs", first.receipt_handle)
    clock.now += 31
    assert receive(sqs) == []
    with pytest.raises(ReceiptHandleIsInvalid):
        sqs.delete_message("jobs", "no such handle")


def test_attributes_count_what_is_visible_and_what_is_not(sqs: Any, clock: Clock) -> None:
    send(sqs, "a", "b", "c")
    clock.now += 1
    receive(sqs)
    queue = sqs.get_queue("jobs")
    assert (queue.approximate_number_of_messages, queue.approximate_number_of_messages_not_visible) == (2, 1)
    clock.now += 61
    sqs.purge_queue("jobs")
    assert (queue.approximate_number_of_messages, receive(sqs)) == (0, [])


def test_a_message_that_was_received_too_often_goes_to_the_dead_letters(sqs: Any, clock: Clock) -> None:
    dead = sqs.create_queue("dead", {})
    sqs.set_queue_attributes("jobs", {"RedrivePolicy": {"deadLetterTargetArn": dead.queue_arn, "maxReceiveCount": 2}})
    send(sqs, "a")
    for _ in range(3):
        clock.now += 31
        receive(sqs)
    clock.now += 1
    assert receive(sqs) == []
    assert bodies(sqs.receive_message("dead", 1, 0, 30)) == ["a"]


def test_a_redelivery_shows_hidden_messages_at_once(sqs: Any, clock: Clock) -> None:
    send(sqs, "job")
    assert bodies(receive(sqs, hidden=900)) == ["job"]
    moto_queues.redeliver()
    clock.now += 0.001
    assert bodies(receive(sqs)) == ["job"]
    assert receive(sqs) == [], "once"
