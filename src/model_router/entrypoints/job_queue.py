"""Jobs: an SQS batch to RouterFunction. The messages that are not finished are returned, and SQS delivers them again.

The template sets a batch to one message; several would be processed one after the other, within one deadline.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from model_router.domain.errors import InvalidRequest
from model_router.domain.executions.job import from_message
from model_router.entrypoints.deadline import seconds_left
from model_router.entrypoints.forwarded_headers import api_headers
from model_router.entrypoints.wiring import RouterFunction, router_function
from model_router.services.jobs.execute_job import Delivery

_POISON_SECONDS = 1
"""An invalid message: waiting would not help, and its last delivery moves it to the dead-letter queue."""

_BUG_SECONDS = 60


def is_batch(event: object) -> bool:
    return isinstance(event, dict) and isinstance(event.get("Records"), list)


def deliver(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """The partial batch failures: the messages that SQS must deliver again."""
    function = router_function()
    failed = [record["messageId"] for record in event["Records"] if not _is_finished(function, record, context)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _is_finished(function: RouterFunction, record: Mapping[str, Any], context: Any) -> bool:
    deliveries = int(record["attributes"]["ApproximateReceiveCount"])
    try:
        sent_at = datetime.fromtimestamp(int(record["attributes"]["SentTimestamp"]) / 1000, UTC)
        message = from_message(record["body"], record["messageId"], sent_at)
        message = replace(message, api_headers=api_headers(message.api_headers))
        delivery = Delivery(message, deliveries, last=deliveries >= function.settings.jobs_deliveries)
        retry_seconds = function.execute_job.execute(delivery, seconds_left(context))
    except InvalidRequest as error:
        # The message may quote a field's value: only the class is logged.
        function.telemetry.event("JobMessageInvalid", error=type(error).__name__, message_id=record["messageId"])
        retry_seconds = _POISON_SECONDS
    except Exception as error:  # noqa: BLE001 - a bug's message may quote the job, and would be logged
        function.telemetry.bug(error, record["messageId"])
        retry_seconds = _BUG_SECONDS
    if retry_seconds is None:
        return True
    function.job_queue.redeliver_in(record["receiptHandle"], retry_seconds)
    return False
