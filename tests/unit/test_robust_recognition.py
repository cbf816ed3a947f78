"""The same request, written a little differently, goes to the same tier. All requests are the seeds' own."""

import random
from collections.abc import Callable

import pytest

from devtools.text_model.labelled import Labelled, read_seeds
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.decision import decide
from model_router.domain.routing.policy import Policy

ALIKE = 0.97


def seeds() -> list[Labelled]:
    """Every third seed of one user turn."""
    return [seed for seed in read_seeds() if len(seed.body["messages"]) == 1][::3]


def typing_error(text: str) -> str:
    """Two neighbouring letters of one longer word are swapped."""
    chance = random.Random(text)
    places = [place for place in range(1, len(text) - 2) if text[place - 1 : place + 3].isalpha()]
    if len(places) < 40:
        return text
    place = chance.choice(places)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


VARIANTS: dict[str, Callable[[str], str]] = {
    "typing error": typing_error,
    "upper case": str.upper,
    "lower case": str.lower,
    "white space": lambda text: text.replace(" ", "  ").replace("\n", "\n\n") + "\n  ",
    "greeting": lambda text: f"Hi there,\n\n{text}",
    "signature": lambda text: f"{text}\n\nThanks,\nMaria",
    "language mark": lambda text: f"[en] {text}",
}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_request_written_a_little_differently_goes_to_the_same_tier(policy: Policy, name: str) -> None:
    change = VARIANTS[name]

    def changed(seed: Labelled) -> RouteRequest:
        (message,) = seed.body["messages"]
        body = {**seed.body, "messages": [{**message, "content": change(message["content"])}]}
        return RouteRequest(body=body, client="c")

    differing = [
        seed.prompt[:80] for seed in seeds() if decide(policy, seed.request).tier != decide(policy, changed(seed)).tier
    ]
    assert len(differing) <= (1 - ALIKE) * len(seeds()), differing


def test_the_order_of_a_bodys_fields_changes_nothing(policy: Policy) -> None:
    for seed in seeds():
        turned = RouteRequest(body=dict(reversed(list(seed.body.items()))), client="c")
        assert decide(policy, turned).tier == decide(policy, seed.request).tier
