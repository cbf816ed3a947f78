"""Messages in the jobs queue that must never be run: other clients' ids, implausible ids, and what is no message."""

import itertools
import json
import threading
from contextlib import suppress
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from devtools.local_stack.stack import LocalStack
from model_router.domain.ids import new_request_id

CLIENT = "soak-intruder"
_ID_OF_2016 = new_request_id(datetime(2016, 5, 1, tzinfo=UTC), bytes(10))
_ID_OF_3084 = new_request_id(datetime(3084, 5, 1, tzinfo=UTC), bytes(10))


class Intruder:
    """Sends such messages."""

    def __init__(self, stack: LocalStack) -> None:
        self._sqs = stack.client("sqs")
        self._url = stack.environment()["JOBS_QUEUE_URL"]
        self._kinds = itertools.cycle(MALFORMED)
        self._lock = threading.Lock()
        self.sent = 0

    def malformed(self) -> None:
        """One message that is refused before anything is read; of each kind in turn."""
        self._send(next(self._kinds))

    def foreign(self, job_id: str) -> None:
        """Messages under the id of another client's job."""
        self._send(_message(id=job_id))
        self._send(_message(id=job_id, body_key=f"bodies/{job_id}"))

    def _send(self, text: str) -> None:
        with self._lock, suppress(BotoCoreError, ClientError):  # one of the queue's own faults
            self._sqs.send_message(QueueUrl=self._url, MessageBody=text)
            self.sent += 1


def _message(**fields: object) -> str:
    return json.dumps({"client": CLIENT, "prompt": "Say whose record this is.", **fields})


MALFORMED = (
    _message(id=_ID_OF_2016),
    _message(id=_ID_OF_3084),
    _message(id="req_7ZZZZZZZZZZZZZZZZZZZZZZZZZ"),
    _message(id={"$ne": None}),
    _message(client="\ud800"),
    '{"client": "soak-intruder", "prompt": ' + "[" * 2000 + "]" * 2000 + "}",
    "not JSON at all",
)
