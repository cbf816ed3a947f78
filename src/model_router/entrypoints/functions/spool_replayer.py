"""SpoolReplayerFunction's handler: an SQS batch of ledger records that DynamoDB could not accept at the time."""

from collections.abc import Mapping
from typing import Any

import model_router.entrypoints.bootstrap
from model_router.entrypoints.functions.ledger_wiring import ledger_function
from model_router.services.replay_spool import ReplaySpoolService

model_router.entrypoints.bootstrap.done()


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Writes the batch. Returns the partial batch failures: the messages that SQS must deliver again."""
    function = ledger_function()
    messages = {record["messageId"]: record["body"] for record in event["Records"]}
    try:
        failed = ReplaySpoolService(function.ledger, function.telemetry).replay(messages)
    finally:
        function.telemetry.flush()
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
