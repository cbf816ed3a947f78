"""A sample check of answers, as a Lambda function that the rules name; it runs in a worker process, not in the test."""

import time
from typing import Any


def labels(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Takes one of two labels. An answer `raise` or `sleep` makes it misbehave."""
    answer = event["answer"].strip()
    if "raise" in event["source"]:
        raise ValueError("a scripted error")
    if "sleep" in event["source"]:
        time.sleep(5)
    if answer in {"SPAM", "NOT_SPAM"}:
        return {"passed": True}
    return {"passed": False, "code": "no_label", "message": f"{event['task']}: neither SPAM nor NOT_SPAM"}
