"""ReaperFunction's handler: closes the records whose process died."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import model_router.entrypoints.bootstrap
from model_router.domain.errors import InvalidRequest
from model_router.entrypoints.functions.ledger_wiring import ledger_function
from model_router.services.reap_records import ReapRecordsService

model_router.entrypoints.bootstrap.done()

_KEPT_BACK_MS = 10_000
"""What is left to a run when it stops taking up further records; the next one goes on."""


def handler(event: Mapping[str, Any], context: Any) -> dict[str, object]:
    """Closes what should have been settled by now, or by `{"before": ISO time}`.

    Another time is for the end of a test or of a migration, when nothing runs any more: a request that is still under
    way settles its record all the same, and that wins.
    """
    function = ledger_function()
    service = ReapRecordsService(function.unsettled, function.telemetry)
    try:
        reaped = service.reap(_before(event), lambda: context.get_remaining_time_in_millis() > _KEPT_BACK_MS)
    finally:
        function.telemetry.flush()
    return reaped.to_json()


def _before(event: Mapping[str, Any]) -> datetime:
    given = event.get("before")
    if given is None:
        return datetime.now(UTC)
    try:
        before = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        raise InvalidRequest('before: must be an ISO time with an offset, such as "2026-11-23T12:00:00Z".') from None
    if before.tzinfo is None:
        raise InvalidRequest("before: the time needs an offset, such as Z.")
    return before.astimezone(UTC)
