"""The soak's checks other than money: other rules, replaced bodies, other clients' messages, lost costs."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.support.ledger_records import new_record, settled, with_intent, with_outcome

from devtools.soak.chaos import CLIENT, MALFORMED
from devtools.soak.requests import NUMBER_TAG
from devtools.soak.verdict import Interrupted, broken
from devtools.soak.wire import SWAPPED_TAG
from model_router.domain.errors import InvalidRequest
from model_router.domain.executions.job import from_message

KNOWN = replace(settled(with_outcome(with_intent(new_record()))), rules_version="2026-11-27T12:00:00Z-0a1b2c3d")
UNKNOWN = replace(
    settled(with_outcome(with_intent(new_record()), "unknown")), rules_version="2026-11-27T12:00:00Z-0a1b2c3d"
)
NOBODY = Interrupted.of([], "")


def test_a_ledger_that_keeps_every_promise() -> None:
    assert broken([KNOWN, UNKNOWN], [], "0a1b2c3d", NOBODY) == []


@pytest.mark.parametrize(
    "changed",
    [
        replace(KNOWN, rules_version="packaged-0a1b2c3e"),
        replace(KNOWN, tags={SWAPPED_TAG: "yes"}),
        replace(KNOWN, client=CLIENT),
    ],
)
def test_other_rules_swapped_bodies_and_intruders_are_seen(changed: object) -> None:
    assert len(broken([changed], [], "0a1b2c3d", NOBODY)) == 1  # type: ignore[list-item]


def test_a_cost_that_claude_told_is_known_unless_the_process_was_killed() -> None:
    record = replace(UNKNOWN, tags={NUMBER_TAG: "17"})
    bill = [{"attempt_id": record.attempts[0].id, "reported": True}]
    assert len(broken([record], bill, "0a1b2c3d", NOBODY)) == 1
    assert broken([record], [{**bill[0], "reported": False}], "0a1b2c3d", NOBODY) == []
    event = b'{"body": "{\\"prompt\\": \\"p\\", \\"tags\\": {\\"soak_request\\": \\"17\\"}}"}'
    assert broken([record], bill, "0a1b2c3d", Interrupted.of([event], "")) == []
    job = f'{{"Records": [{{"body": "{{\\"id\\": \\"{record.request_id}\\"}}"}}]}}'.encode()
    assert broken([record], bill, "0a1b2c3d", Interrupted.of([job], "")) == []


def test_an_attempt_is_uncertain_where_its_hold_could_not_be_settled() -> None:
    attempt = KNOWN.attempts[0]
    log = f'{{"message":"BudgetsUnavailable","step":"settle","hold":"{attempt.id.removeprefix("req_")}.12.1","x":1}}'
    assert Interrupted.of([], log).uncertain(KNOWN, attempt)
    assert not NOBODY.uncertain(KNOWN, attempt)


def test_every_malformed_message_is_refused() -> None:
    for text in MALFORMED:
        with pytest.raises(InvalidRequest):
            from_message(text, "6b5a1964", datetime.now(UTC))
