"""The door for jobs: an SQS batch to RouterFunction. A message that is not done with is named, and comes again.

One message makes a batch, as the template sets it; more would be run one after the other, within one deadline.
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
from model_router.services.jobs.run_job import Delivery

_POISON_SECONDS = 1
"""Nothing is gained by waiting: after its last delivery the message lies in the dead-letter queue."""

_BUG_SECONDS = 60


def is_batch(event: object) -> bool:
    return isinstance(event, dict) and isinstance(event.get("Records"), list)


def deliver(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """The messages of the batch that SQS must deliver again (partial batch failures)."""
    function = router_function()
    failed = [record["messageId"] for record in event["Records"] if not _is_done(function, record, context)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _is_done(function: RouterFunction, record: Mapping[str, Any], context: Any) -> bool:
    number = int(record["attributes"]["ApproximateReceiveCount"])
    try:
        sent_at = datetime.fromtimestamp(int(record["attributes"]["SentTimestamp"]) / 1000, UTC)
        message = from_message(record["body"], record["messageId"], sent_at)
        message = replace(message, api_headers=api_headers(message.api_headers))
        delivery = Delivery(message, number, last=number >= function.settings.jobs_deliveries)
        again = function.run_job.run(delivery, seconds_left(context))
    except InvalidRequest as error:
        # The words of an error may quote a field's value: only its kind goes to the log.
        function.telemetry.event("JobMessageInvalid", error=type(error).__name__, message_id=record["messageId"])
        again = _POISON_SECONDS
    except Exception as error:  # noqa: BLE001 - a bug's own words may quote the message, and would be logged
        function.telemetry.bug(error, record["messageId"])
        again = _BUG_SECONDS
    if again is None:
        return True
    function.job_queue.again_in(record["receiptHandle"], again)
    return False
