"""What a text offers as answers, in any language."""

import pytest
from tests.support.samples import plain

from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.answer_form import free_fields_of_form
from model_router.domain.routing.decision import decide
from model_router.domain.routing.offered_answers import (
    offers_capitals,
    offers_labels,
    written_field_in,
    written_field_of,
)
from model_router.domain.routing.policy import Policy

COURIER = "The courier left the box in the rain again."


@pytest.mark.parametrize(
    "text",
    [
        "(delivery / finance / IT)",
        "true|false",
        "Tags: question, complaint, praise.",
        'answer "yes" or "no"',
        "「高」「中」「低」で",
    ],
)
def test_a_list_of_labels_is_found(text: str) -> None:
    assert offers_labels(text)


@pytest.mark.parametrize("text", ["The soup, the bread and the wine were cold.", "See http://shop.example/a/b.", ""])
def test_prose_and_addresses_offer_no_labels(text: str) -> None:
    assert not offers_labels(text)


def test_labels_in_capitals_are_found() -> None:
    assert offers_capitals("Reply SAFE or UNSAFE.")
    assert not offers_capitals("Reply in JSON.")


def test_a_field_whose_value_is_written_is_found_and_one_that_is_found_in_a_text_is_not() -> None:
    assert written_field_in(["label", "reply_to_customer"]) == "reply_to_customer"
    assert written_field_of('{"category": "", "summary": string}') == "summary"
    assert written_field_of('{"body": "hello there"}') == ""


def tool(field: dict[str, object]) -> RouteRequest:
    schema = {"type": "object", "properties": {"reply": field, "label": {"type": "boolean"}}}
    tools = [{"name": "label_ticket", "description": "Label a ticket", "input_schema": schema}]
    body = {"messages": [{"role": "user", "content": COURIER}], "tools": tools}
    return RouteRequest(body={**body, "tool_choice": {"type": "tool", "name": "label_ticket"}}, client="c")


def test_a_forced_tool_with_a_field_of_free_text_to_write_stays_above_the_cheapest_tier(policy: Policy) -> None:
    written, closed = tool({"type": "string"}), tool({"type": "boolean"})
    assert (free_fields_of_form(written.body), free_fields_of_form(closed.body)) == (["reply"], [])
    assert (decide(policy, written).tier, decide(policy, closed).tier) == ("sonnet", "haiku")


@pytest.mark.parametrize(
    "prompt",
    [
        f"<mail>{COURIER} {COURIER}</mail>\nName the team in <team></team>.",
        f"<mail>{COURIER} {COURIER}</mail>\n<teams>shipping | payments</teams>\nName the team (shipping / payments).",
        f"<mail>{COURIER} {COURIER}</mail>\nDoes it ask for money? Y/N. MET / NOT MET",
    ],
)
def test_documents_and_offered_answers_name_easy_work(policy: Policy, prompt: str) -> None:
    assert decide(policy, plain(prompt)).tier == "haiku"


@pytest.mark.parametrize(
    "prompt",
    [
        'A warehouse has 340 boxes. 45 % go to Linz, half of the rest to Wels. What is left? JSON: {"left": int}',
        f'Ticket: {COURIER} Fill {{"reply": ""}}.',
    ],
)
def test_json_alone_makes_nothing_easy(policy: Policy, prompt: str) -> None:
    assert decide(policy, plain(prompt)).tier == "sonnet"
