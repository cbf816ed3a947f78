"""Work that an invocation does after its answer.

Lambda returns an answer when the runtime posts it, and lets the process run until it asks for the next invocation
(source: the Lambda developer guide, "Lambda execution environment lifecycle", invoke phase; AWS's Compute blog,
"Running code after returning a response from an AWS Lambda function", custom runtimes). This runtime asks once the
deferred work is done. AWS's own asks at once, and its process may be frozen with the answer: there nothing is deferred.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from model_router.runtime import failures

Work = Callable[[], None]

_deferred: list[Work] | None = None
"""None outside an invocation of this runtime. A process serves one invocation at a time."""


def after_answer(work: Work) -> None:
    """Does `work` after the answer, in the order of the calls; at once under a runtime that cannot defer it."""
    if _deferred is None:
        work()
    else:
        _deferred.append(work)


@contextmanager
def invocation(request_id: str) -> Iterator[None]:
    """A context in which the invocation is answered. The deferred work is done at its end, even after an error."""
    global _deferred  # noqa: PLW0603
    deferred = _deferred = []
    try:
        yield
    finally:
        _deferred = None
        for work in deferred:
            _do(work, request_id)


def _do(work: Work, request_id: str) -> None:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - the answer is sent: the remaining work must still be done
        failures.log(error, request_id)
