"""How often the tokens of a request are estimated: that takes longer than most of a decision's other steps."""

import pytest
from tests.support.samples import messages, plain

from model_router.domain.estimate import input_size
from model_router.domain.estimate.estimate import estimate_inventory
from model_router.domain.estimate.request_inventory import Inventory
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.decision import decide
from model_router.domain.routing.policy import Policy

SHORT = "Classify this ticket as bug or question: the lamp is broken."
LONG = f"Classify this text as news or advertising.\n{'The lamp is made of glass. ' * 5_000}"


@pytest.fixture
def estimates(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The estimates that are made from now on."""
    made: list[int] = []

    def counted(inventory: Inventory) -> int:
        made.append(estimate_inventory(inventory))
        return made[-1]

    monkeypatch.setattr(input_size, "estimate_inventory", counted)
    return made


@pytest.mark.parametrize(
    ("request_", "most"),
    [
        (plain(SHORT), 0),
        (messages(SHORT, system="You are a ticket classifier."), 0),
        (plain(LONG), 1),
        # The whole request, and its turns, with which a task's cap is compared.
        (messages(LONG, system="You are friendly."), 2),
    ],
)
def test_a_decision_makes_an_estimate_only_where_a_limit_is_near(
    policy: Policy, estimates: list[int], request_: RouteRequest, most: int
) -> None:
    decision = decide(policy, request_)
    assert len(estimates) == most
    assert decision.input_tokens > 0
    assert len(estimates) == max(1, most)
