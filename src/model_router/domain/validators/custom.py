"""`lambda`: a check by another Lambda function. This module has its payload and the meaning of its reply, not the call.

Only rules may name one, because callers must not choose what the stack's role invokes.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from model_router.domain.validators.base import Spec, Validator, Verdict, excerpt, failed, passed
from model_router.domain.validators.budget import UNLIMITED, Budget

#: The longest code and message from a function, in characters.
_MAX_CODE = 40
_MAX_MESSAGE = 500


class CustomSpec(Spec):
    """`function` is the name of the function, `<stack>-validator-…`, optionally with an alias or version after a colon.

    It receives `{"answer", "task", "source"}` (`send_source: false` leaves the source out) and returns `{"passed": true
    or false, "code", "message"}`. `timeout_seconds` is 2 by default, or less if the request has less time left. If
    there is no such reply, `on_failure` decides: `pass` (unchecked, the default) or `fail`.
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
    """The settings of the function. The request path (`answer_checks`) calls it; by itself it is unreachable."""

    function: str
    timeout_seconds: float
    on_failure: Literal["pass", "fail"]
    send_source: bool
    type: str = CustomSpec.NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        return self.unavailable("it cannot be called here")

    def payload(self, answer: str, source: str, task: str) -> dict[str, str]:
        return {"answer": answer, "task": task, **({"source": source} if self.send_source else {})}

    def verdict(self, reply: object) -> Verdict:
        """The verdict in the function's reply; an invalid reply counts as unavailable."""
        if not isinstance(reply, Mapping) or not isinstance(reply.get("passed"), bool):
            return self.unavailable('its reply is not {"passed": true or false, …}')
        if reply["passed"]:
            return passed(self.type)
        message = reply.get("message")
        text = message if isinstance(message, str) and message else f"{self.function} refused the answer."
        return failed(self.type, _slug(reply.get("code")), text[:_MAX_MESSAGE])

    def unavailable(self, why: str) -> Verdict:
        message = f"{self.function} gave no verdict: {excerpt(why, 100).strip('"')}."
        return Verdict(self.type, passed=self.on_failure == "pass", code="unavailable", message=message)


def _slug(code: Any) -> str:
    """A code that cannot contain text of an answer: lower-case letters, digits and underscores."""
    if not isinstance(code, str) or not 0 < len(code) <= _MAX_CODE or code in {"ok", "unavailable"}:
        return "refused"
    return code if code.isascii() and code.replace("_", "").isalnum() and code.islower() else "refused"
