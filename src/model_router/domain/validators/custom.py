"""`lambda`: a check of one's own, another Lambda function. Here what it is asked and what its answer means, no call.

Named in rules only: a request that could name a function would choose what the stack's role calls.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from model_router.domain.validators.base import Spec, Validator, Verdict, excerpt, failed, passed
from model_router.domain.validators.budget import UNLIMITED, Budget

#: Characters of a code and of a message that a function may say.
_MAX_CODE = 40
_MAX_MESSAGE = 500


class CustomSpec(Spec):
    """`function`: its name, as IAM allows: `<stack>-validator-…`, with an alias or version after a colon.

    It gets `{"answer", "task", "source"}` (`send_source: false` leaves the source out) and answers
    `{"passed": true or false, "code", "message"}`. `timeout_seconds`: 2; less where the request has less left.
    `on_failure`: what counts where it brings no such answer: `pass` (unchecked, the default) or `fail`.
    """

    NAME: ClassVar[str] = "lambda"
    type: Literal["lambda"]
    function: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_$-]{1,128})?$")
    timeout_seconds: float = Field(default=2.0, gt=0, le=60, strict=False)
    on_failure: Literal["pass", "fail"] = "pass"
    send_source: bool = True

    def build(self) -> Validator:
        return CustomCheck(self.function, self.timeout_seconds, self.on_failure, self.send_source)


@dataclasses.dataclass(frozen=True, slots=True)
class CustomCheck:
    """What is known of the function. The request path (`answer_checks`) calls it; by itself it is unreachable."""

    function: str
    timeout_seconds: float
    on_failure: Literal["pass", "fail"]
    send_source: bool
    type: str = CustomSpec.NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        return self.unavailable("nothing here can call it")

    def payload(self, answer: str, source: str, task: str) -> dict[str, str]:
        return {"answer": answer, "task": task, **({"source": source} if self.send_source else {})}

    def verdict(self, reply: object) -> Verdict:
        """What the function's answer means; one of another form is as good as none."""
        if not isinstance(reply, Mapping) or not isinstance(reply.get("passed"), bool):
            return self.unavailable('its answer is not {"passed": true or false, …}')
        if reply["passed"]:
            return passed(self.type)
        message = reply.get("message")
        said = (
            message[:_MAX_MESSAGE] if isinstance(message, str) and message else f"{self.function} refused the answer."
        )
        return failed(self.type, _slug(reply.get("code")), said)

    def unavailable(self, why: str) -> Verdict:
        message = f"The check by {self.function} could not be made: {excerpt(why, 100).strip('"')}."
        return Verdict(self.type, passed=self.on_failure == "pass", code="unavailable", message=message)


def _slug(code: Any) -> str:
    """A code as the ledger keeps it: no text of an answer slips in by this way."""
    if not isinstance(code, str) or not 0 < len(code) <= _MAX_CODE or code in {"ok", "unavailable"}:
        return "refused"
    return code if code.isascii() and code.replace("_", "").isalnum() and code.islower() else "refused"
