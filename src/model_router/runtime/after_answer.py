"""What an invocation leaves for after its answer.

Lambda hands an answer on when the runtime posts it, and lets the process run until it asks for the next invocation
(source: the Lambda developer guide, "Lambda execution environment lifecycle", invoke phase; AWS's Compute blog,
"Running code after returning a response from an AWS Lambda function", custom runtimes). This runtime asks once all that
was left is done. AWS's own asks at once, and its process may be frozen with the answer: there nothing is left.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from model_router.runtime import failures

Work = Callable[[], None]

_left: list[Work] | None = None
"""None: nobody runs it later. An invocation at a time, as Lambda has it."""


def after_answer(work: Work) -> None:
    """Does `work` once the answer is out, in the order in which it was left; at once where that cannot be."""
    if _left is None:
        work()
    else:
        _left.append(work)


@contextmanager
def invocation(request_id: str) -> Iterator[None]:
    """Within it the invocation is answered; at its end what was left is done, whatever became of the answer."""
    global _left  # noqa: PLW0603
    left = _left = []
    try:
        yield
    finally:
        _left = None
        for work in left:
            _do(work, request_id)


def _do(work: Work, request_id: str) -> None:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - the answer is given: what follows must be done all the same
        failures.log(error, request_id)
