"""How much a model may think for a task or an application, on one tier (`effort` in `tasks/…` and `applications/…`)."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from model_router.domain.model_card import Effort
from model_router.domain.routing.routing_rules import Name
from model_router.domain.strict_model import Strict


class EffortRule(Strict):
    """A limit of what the request asks for. Only `set_to` can raise it."""

    #: The highest effort. A model without efforts gets a thinking budget of the same share.
    at_most: Effort | None = None
    #: The effort, whatever the request asks for.
    set_to: Effort | None = None
    #: Turns thinking off, as far as the model can.
    thinking: Literal["off"] | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> "EffortRule":
        if [self.at_most, self.set_to, self.thinking].count(None) != 2:
            raise ValueError("give exactly one of at_most, set_to and thinking")
        return self


EffortByTier = Annotated[dict[Name, EffortRule], Field(max_length=10)]
