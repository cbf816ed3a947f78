"""What is to happen to which request: the steps that are waiting, and a mix of faults behind them."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from devtools.claude_standin.faults.mix import FaultMix
from devtools.claude_standin.faults.steps import NO_STEP, Step


@dataclass(slots=True)
class Script:
    """The steps that are waiting, and the mix behind them. Thread safe."""

    _steps: list[tuple[Step, int]] = field(default_factory=list)
    _mix: FaultMix | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, steps: Iterable[Step]) -> None:
        """Put steps behind those that are waiting."""
        with self._lock:
            self._steps.extend((step, 0) for step in steps)

    def mix(self, mix: FaultMix | None) -> None:
        """Use this mix for requests that no step matches."""
        with self._lock:
            self._mix = mix

    def clear(self) -> None:
        """Forget every step, and the mix."""
        with self._lock:
            self._steps.clear()
            self._mix = None

    def take(self, model_id: str, text: str, attempt_id: str | None, asked: str | None = None) -> Step:
        """The step for this request; NO_STEP where nothing is asked for.

        `text` is the whole body, which steps look into. The mix goes by `asked`, what of it is the same
        whichever model it is sent to; by the whole body if that is not given.
        """
        with self._lock:
            for place, (step, used) in enumerate(self._steps):
                if step.matches(model_id, text, attempt_id):
                    if step.times and used + 1 >= step.times:
                        del self._steps[place]
                    else:
                        self._steps[place] = (step, used + 1)
                    return step
            return self._mix.draw(text if asked is None else asked) if self._mix else NO_STEP
