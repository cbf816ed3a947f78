"""A job whose body is uploaded, and another body that is put in its place once the job was accepted."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

from devtools.soak.requests import SoakRequest
from devtools.soak.wire import Heard, Line

#: The record of a body that was swapped in would carry this tag.
SWAPPED_TAG = "soak_swapped"
_SWAPPED = {"prompt": "This body was never accepted.", "tags": {SWAPPED_TAG: "yes"}}
_TAKEN = 202
_TRIES = 5


def upload(line: Line, request: SoakRequest) -> Heard:
    """The API's answer to the last step that was made: the job was taken only if that is a 202."""
    offered = line.ask(SoakRequest(request.path, {"upload": True}))
    if offered.status != _TAKEN or offered.problem:
        return offered
    job = json.loads(offered.text)
    _put(job["upload"]["url"], request.body)
    heard = line.ask(SoakRequest(request.path, {"uploaded": job["id"]}))
    if heard.status == _TAKEN:
        _put(job["upload"]["url"], _SWAPPED)
    return heard


def _put(url: str, body: dict[str, Any]) -> None:
    """S3 fails now and then. A body that could not be put is one that was never uploaded."""
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="PUT")  # noqa: S310 - the local S3
    for _ in range(_TRIES):
        try:
            with urllib.request.urlopen(request, timeout=30):  # noqa: S310
                return
        except urllib.error.HTTPError:
            time.sleep(0.1)
