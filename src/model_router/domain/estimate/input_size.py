"""The size of a request's input."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from model_router.domain.estimate.estimate import estimate_inventory
from model_router.domain.estimate.request_inventory import Inventory, take_inventory


@dataclass(slots=True)  # not frozen: each request creates one
class InputSize:
    """`tokens` is the estimate for the old tokenizer; `inventory` is the body's content, which is walked once."""

    tokens: int
    inventory: Inventory

    @classmethod
    def of(cls, body: Mapping[str, object]) -> Self:
        """The size of a Messages API body. Never raises, whatever JSON it holds."""
        inventory = take_inventory(body)
        return cls(estimate_inventory(inventory), inventory)
