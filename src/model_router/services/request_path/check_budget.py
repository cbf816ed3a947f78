"""The time that checking one answer may take."""

from model_router.domain.ports import Clock
from model_router.domain.validators import Budget

#: Processor seconds that the validators of one answer share. A usual answer takes a millisecond.
CHECK_SECONDS = 1.0
#: Seconds of the request's time that are left for answering once the checks are made.
RESERVE_SECONDS = 0.5


def check_budget(clock: Clock, ends: float) -> Budget:
    """A budget that begins now, for a request that has to be over at `ends` by the monotonic clock.

    Waiting for a function that checks an answer uses no processor time: such a check has a deadline of its own.
    """
    processor_ends = clock.processor() + CHECK_SECONDS
    wall_ends = ends - RESERVE_SECONDS
    return Budget(lambda: min(processor_ends - clock.processor(), wall_ends - clock.monotonic()))
