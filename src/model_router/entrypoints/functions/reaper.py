"""ReaperFunction's handler: closes records that were never settled because their process died."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import model_router.entrypoints.bootstrap
from model_router.domain.errors import InvalidRequest
from model_router.entrypoints.functions.ledger_wiring import ledger_function
from model_router.services.reap_records import ReapRecordsService

model_router.entrypoints.bootstrap.done()

_RESERVE_MS = 10_000
"""The time left at which an invocation stops taking further records. The next invocation continues."""


def handler(event: Mapping[str, Any], context: Any) -> dict[str, object]:
    """Closes the records that should have been settled by now, or by the time in `{"before": ISO time}`.

    Set `before` at the end of a test or a migration, when no request is running any more. A request that is still
    running settles its record all the same, and its settlement wins.
    """
    function = ledger_function()
    service = ReapRecordsService(function.ledger, function.telemetry)
    try:
        reaped = service.reap(_before(event), lambda: context.get_remaining_time_in_millis() > _RESERVE_MS)
    finally:
        function.telemetry.flush()
    return reaped.to_json()


def _before(event: Mapping[str, Any]) -> datetime:
    before_text = event.get("before")
    if before_text is None:
        return datetime.now(UTC)
    try:
        before = datetime.fromisoformat(before_text)
    except (TypeError, ValueError):
        raise InvalidRequest('before: must be an ISO time with an offset, such as "2026-11-23T12:00:00Z".') from None
    if before.tzinfo is None:
        raise InvalidRequest("before: the time must have an offset, such as Z.")
    return before.astimezone(UTC)
