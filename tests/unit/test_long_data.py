"""Longer data is not harder work where the instruction is easy and the form of the answer is closed."""

import pytest
from tests.support.presets import Preset
from tests.support.samples import plain

from model_router.domain.estimate.input_size import InputSize
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.classification import Classification
from model_router.domain.routing.policy import Policy

COURIER = "The courier left the box in the rain again. "
LONG = COURIER * 800
TOO_LONG = COURIER * 4_000
LABELS = {"type": "object", "properties": {"topic": {"type": "string", "enum": ["parcel", "bill"]}}}
FORCED = {
    "tools": [{"name": "set_topic", "description": "Set the topic label", "input_schema": LABELS}],
    "tool_choice": {"type": "tool", "name": "set_topic"},
}


def classified(policy: Policy, request: RouteRequest) -> Classification:
    return policy.classifier.classify(request, InputSize.of(request.body))


def body(data: str, **fields: object) -> RouteRequest:
    return RouteRequest(body={"messages": [{"role": "user", "content": data}], **fields}, client="c")


def requests(data: str) -> list[RouteRequest]:
    """Requests of each closed form about some data."""
    return [
        body(data, system="You are a ticket classifier. Answer with one of billing, shipping, tech."),
        body(data, **FORCED),
        body(f"Is this thread a complaint? Answer yes or no.\n\n{data}"),
        body(f'Is this thread a complaint or a compliment? JSON: {{"kind": ""}}\n\n{data}'),
        body(f"Extract all dates and order numbers from the thread below as JSON.\n\n{data}"),
        body(f"<thread>\n{data}\n</thread>\n\nIs this thread a complaint? Answer yes or no."),
        body(f"Is this review positive or negative?\n\n{data}", max_tokens=5),
    ]


@pytest.mark.parametrize("number", range(7))
def test_closed_answers_have_a_higher_cap(policy: Policy, number: int) -> None:
    assert classified(policy, requests(LONG)[number]).tier == "haiku"
    found = classified(policy, requests(TOO_LONG)[number])
    assert found.tier == "sonnet"
    assert "over its cap of 32,000" in found.reason


@pytest.mark.parametrize(
    "request_",
    [
        body(f"Classify this\n\n{LONG}"),
        body(f"Is this message spam?\n\n{LONG}"),
        body(LONG, system="You summarize threads. Answer with one sentence."),
        body(LONG, system="You answer the customer's mail."),
        body(f"Analyze the thread and explain its causes. Answer in JSON.\n\n{LONG}"),
        body(f"{LONG}\n\nPlan the tours so that each driver works less than 8 hours. JSON: {{'tours': []}}"),
    ],
)
def test_longer_data_of_open_or_harder_work_stays_above_the_cheapest_tier(
    policy: Policy, request_: RouteRequest
) -> None:
    assert classified(policy, request_).tier == "sonnet"


def test_a_task_that_the_caller_names_has_the_same_caps(policy: Policy) -> None:
    assert classified(policy, plain(LONG, task="extraction")).tier == "sonnet"
    named = RouteRequest(body={**body(LONG, **FORCED).body}, client="c", task="classification")
    assert classified(policy, named).tier == "haiku"


def test_rules_set_the_cap_and_without_it_there_is_one_cap(preset: Preset) -> None:
    request = requests(LONG)[0]
    strict = preset.policy(tasks__classification={"max_input_tokens_closed": None})
    assert "over its cap of 5,000" in classified(strict, request).reason
    wide = preset.policy(tasks__classification={"max_input_tokens_closed": 60_000})
    assert classified(wide, requests(TOO_LONG)[0]).tier == "haiku"


def test_a_task_without_a_cap_has_none_for_closed_answers_either(preset: Preset) -> None:
    uncapped = preset.policy(tasks__classification={"max_input_tokens": None})
    assert classified(uncapped, requests(TOO_LONG)[0]).tier == "haiku"
