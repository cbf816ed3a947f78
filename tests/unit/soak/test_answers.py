"""How the soak counts what callers were answered."""

import pytest

from devtools.soak.callers import Answers
from devtools.soak.requests import SoakRequest
from devtools.soak.wire import Heard
from model_router.domain.errors import ClaudeRefused, Conflict
from model_router.domain.json_codec import dumps

REQUEST = SoakRequest("/v1/route", {"prompt": "Hi"}, key="7-1")
RUNNING = Conflict("A request with this idempotency key is running. Ask again when it is done.")
CLAUDES = ClaudeRefused(409, "conflict_error", "The request conflicts with another one.")


@pytest.mark.parametrize(("error", "runs"), [(RUNNING, 0), (CLAUDES, 1)])
def test_a_409_is_the_end_of_a_run_only_where_it_is_claudes_own(error: Conflict | ClaudeRefused, runs: int) -> None:
    answers = Answers()
    answers.note(REQUEST, 1, Heard(409, text=dumps(error.body()).encode()))
    assert answers.runs["7-1"] == runs
