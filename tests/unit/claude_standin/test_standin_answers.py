"""Answers: of the kind that is asked for, the same each time, cut where they must be."""

import json
from typing import Any

import jsonschema
import pytest

from devtools.claude_standin.answers.reply import Reply, compose
from devtools.claude_standin.checks.accepts import model_named
from devtools.claude_standin.signatures import signature
from devtools.claude_standin.tokens import count_text

HAIKU, SONNET = "claude-haiku-4-5", "claude-sonnet-4-6"
ROOM = 100_000
SCHEMA = {
    "type": "object",
    "properties": {
        "email": {"type": "string"},
        "kind": {"enum": ["invoice", "reminder"]},
        "amount": {"type": "number", "minimum": 0, "maximum": 500},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}, "minItems": 2},
        "paid": {"type": ["boolean", "null"]},
    },
    "required": ["email", "kind", "amount", "lines"],
    "additionalProperties": False,
    "$defs": {
        "line": {
            "type": "object",
            "properties": {"count": {"type": "integer", "minimum": 1}, "on": {"type": "string", "format": "date"}},
            "required": ["count"],
            "additionalProperties": False,
        }
    },
}


def reply(prompt: str, model: str = HAIKU, weak_percent: int = 0, **fields: Any) -> Reply:
    body = {"max_tokens": 2000, "messages": [{"role": "user", "content": prompt}], **fields}
    return compose(body, model_named(model), ROOM, weak_percent=weak_percent)


def said(prompt: str, model: str = HAIKU, **fields: Any) -> str:
    return "".join(block["text"] for block in reply(prompt, model, **fields).content if block["type"] == "text")


@pytest.mark.parametrize(
    ("prompt", "labels"),
    [
        ("Respond with only SPAM or NOT_SPAM.\nSee you at noon", {"SPAM", "NOT_SPAM"}),
        ("Is this spam or not spam? Answer with exactly one word: SPAM, HAM", {"SPAM", "HAM"}),
        ("One of: billing, technical, other.\nHello", {"billing", "technical", "other"}),
        ("Classify the ticket as urgent, normal or low: printer", {"urgent", "normal", "low"}),
        ("Choose one of the following:\n- Red\n- Blue\nThe sky", {"Red", "Blue"}),
        ("Is water wet? yes or no", {"yes", "no"}),
        ("The sky is green. True/False?", {"True", "False"}),
        ("Categories: sports, politics\nThe match ended 2:1", {"sports", "politics"}),
    ],
)
def test_where_labels_are_offered_the_answer_is_one_of_them(prompt: str, labels: set[str]) -> None:
    assert said(prompt) in labels


def test_the_articles_example_is_answered_as_a_person_would() -> None:
    ask = "Classify this email as spam or not spam. Respond with only SPAM or NOT_SPAM.\n\n"
    assert said(ask + "You WON a free prize! Click here to claim.") == "SPAM"
    assert said(ask + "Hi Ann, the minutes of Tuesday are attached.") == "NOT_SPAM"


def test_labels_may_be_offered_by_the_system_prompt() -> None:
    assert said("My card was charged twice", system="Reply with only billing, technical or other.") == "billing"


def test_json_has_the_keys_that_are_named_and_values_that_occur_in_the_text() -> None:
    text = "John Smith (john@example.com) paid 42.50"
    found = json.loads(said(f"Extract as JSON with keys name, email and amount: {text}"))
    assert found == {"name": "John Smith", "email": "john@example.com", "amount": 42.5}
    assert set(json.loads(said(f'Return JSON like {{"who": "", "total": 0}}. {text}'))) == {"who", "total"}


@pytest.mark.parametrize("prompt", ["Reminder for ann@example.com: 20 due", "nothing here", "年度 报告"])
def test_a_schema_is_answered_with_an_instance_of_it(prompt: str) -> None:
    config = {"format": {"type": "json_schema", "schema": SCHEMA}}
    jsonschema.validate(json.loads(said(prompt, output_config=config)), SCHEMA)


@pytest.mark.parametrize(
    ("prompt", "expected"), [("What is 17 + 25?", {"42"}), ("Rate this from 1 to 3: fine", {"1", "2", "3"})]
)
def test_a_number_is_answered_with_a_number(prompt: str, expected: set[str]) -> None:
    assert said(prompt) in expected


def test_a_schema_that_requires_itself_is_answered_with_something() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]}
    config = {"format": {"type": "json_schema", "schema": {**node, "additionalProperties": False}}}
    assert "next" in json.loads(said("Hi", output_config=config))


def test_a_summary_is_made_of_sentences_of_the_text() -> None:
    text = "The cat sat on the mat all day. It was a sunny day in June."
    assert said(f"Summarize this.\n{text}") == text


def test_code_comes_in_a_fence() -> None:
    assert said("Write a python function that reverses a list").startswith("```python\n")


def test_prose_keeps_to_a_length_that_is_asked_for() -> None:
    assert len(said("Describe the harbour in 20 words").split()) == 20


def test_the_same_request_has_the_same_answer() -> None:
    assert reply("Explain the tides") == reply("Explain the tides")


def test_an_answer_over_max_tokens_is_cut_and_says_so() -> None:
    cut = reply("Explain the tides at length", max_tokens=20)
    assert (cut.stop_reason, cut.output) == ("max_tokens", 20)
    assert 0 < count_text(cut.content[0]["text"], model_named(HAIKU)) <= 20


def test_an_answer_over_the_window_is_cut_and_says_so() -> None:
    body = {"max_tokens": 2000, "messages": [{"role": "user", "content": "Explain the tides"}]}
    assert compose(body, model_named(HAIKU), 10).stop_reason == "model_context_window_exceeded"


def test_a_stop_sequence_ends_the_answer_before_itself() -> None:
    whole = said("Explain the tides")
    stopped = reply("Explain the tides", stop_sequences=[". "])
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", ". ")
    assert stopped.content[0]["text"] == whole.split(". ")[0]


def test_no_output_at_all_is_what_max_tokens_of_zero_asks_for() -> None:
    assert reply("Hi", max_tokens=0) == Reply(stop_reason="max_tokens")


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (SONNET, {"thinking": {"type": "enabled", "budget_tokens": 1024}}),
        ("claude-opus-4-7", {"thinking": {"type": "adaptive"}}),
        ("claude-opus-5-5", {}),
    ],
)
def test_thinking_comes_first_signed_and_inside_the_output(model: str, fields: dict[str, Any]) -> None:
    thought = reply("Explain the tides", model, **fields)
    assert [block["type"] for block in thought.content] == ["thinking", "text"]
    made = signature(thought.content[0]["signature"])
    assert made is not None
    assert made.model == model
    assert 0 < thought.thinking < thought.output


@pytest.mark.parametrize("fields", [{}, {"thinking": {"type": "disabled"}}])
def test_a_model_does_not_think_unless_asked_to(fields: dict[str, Any]) -> None:
    assert reply("Explain the tides", SONNET, **fields).thinking == 0


def test_a_prompt_can_ask_for_a_weak_answer_of_some_tiers() -> None:
    ask = "Respond with only SPAM or NOT_SPAM.\nfree prize"
    assert said(f"{ask} [[standin:weak]]") != "SPAM"
    assert said(f"{ask} [[standin:weak]]", SONNET) == "SPAM"
    assert said(f"{ask} [[standin:weak=sonnet]]", SONNET) != "SPAM"
    assert said(f"{ask} [[standin:weak=sonnet]]", "claude-opus-4-7") == "SPAM"


def test_a_share_of_prompts_is_too_hard_for_haiku_and_for_haiku_alone() -> None:
    prompts = [f"Respond with only A or B. Item {number}" for number in range(400)]
    weak = [prompt for prompt in prompts if reply(prompt, weak_percent=10) != reply(prompt)]
    assert 20 <= len(weak) <= 60
    assert all(reply(prompt, SONNET, weak_percent=10) == reply(prompt, SONNET) for prompt in weak)
