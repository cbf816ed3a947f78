"""What the router makes of prompts that no pattern names. All prompts are written for these tests."""

from typing import Any

import pytest
from tests.support.presets import Preset
from tests.support.samples import messages, plain

from model_router.domain.estimate.input_size import InputSize
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.classification import Classification
from model_router.domain.routing.decision import decide
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules_parsing import InvalidRules

COURIER = "The courier left the box in the rain again."


def classified(policy: Policy, request: RouteRequest) -> Classification:
    return policy.classifier.classify(request, InputSize.of(request.body))


@pytest.mark.parametrize(
    "prompt",
    [
        f"Is the following message a complaint or a compliment?\n\n{COURIER}",
        "What is the sentiment of this tweet?\n\nFinally got my visa approved, dancing in the kitchen!",
        "Which department should get this email: sales, support or legal?\n\nOur lawyer wants a copy of the licence.",
        "The laptop came with a cracked screen and the shop will not answer. Is this review positive or negative?",
        'Is this message spam? "Congratulations, you have been chosen to get a free phone"',
        "Rate the politeness of this mail from 1 to 5.\n\nSend me the file. Now.",
        "Do these two headlines mean the same?\n1. Flood closes harbour\n2. Harbour shut after flood",
        f"Title: parcel\nText: {COURIER}\nSentiment:",
        "Would you call this comment friendly or hostile?\n\nGo home, nobody wants you here.",
    ],
)
def test_a_choice_between_labels_is_work_for_the_cheapest_tier(preset: Preset, prompt: str) -> None:
    found = classified(preset.policy(), plain(prompt))
    assert (found.task, found.tier) == ("classification", "haiku")
    assert "the text looks like this task (" in found.reason
    patterns_only = preset.policy(routing={"text_model": None})
    assert patterns_only.classifier.classify(plain(prompt), InputSize.of(plain(prompt).body)).tier == "sonnet"


@pytest.mark.parametrize(
    "prompt",
    [
        # hard multiple choice
        "Which statement about price elasticity is correct?\nA. It is always negative\nB. It is the slope of demand\n"
        "C. It varies along a linear demand curve\nD. It is the same for all goods\nAnswer:",
        "Is every subgroup of a cyclic group cyclic?\n(A) yes\n(B) no\n(C) only if finite\n(D) only if infinite",
        # calculations
        "A train leaves at 8:15 and arrives at 11:40 after 3 stops of 5 minutes each. How long was it moving?",
        "The product of two numbers is 48 and their sum is 14. Are they both even?",
        "Prove that the sum of two odd numbers is even.",
        # code
        "Is there a bug in this function?\ndef f(x):\n    return x / 0",
        "Refactor this class so that it is easier to test.",
        # reasoning
        "If all bloops are razzies and all razzies are lazzies, are all bloops lazzies?",
        "Do you think Napoleon was a good ruler or a bad one? Argue both sides.",
        # made, not chosen
        "Can you write a positive reply to this customer?\nThe chair broke after a day.",
        "Design a sentiment analysis pipeline. Positive or negative labels are enough.",
        "Write a title for this article: The mayor opened a bridge.",
        "The museum reopened on Sunday after two years of works, with a new hall for children. TL;DR",
        # talk
        "Hello, how are you today?",
        "I feel sad today. Can we talk?",
        "Should we use Postgres or DynamoDB for an event store with 5000 writes a second?",
        "What should I cook tonight with rice and beans?",
        # nothing at all
        "?!",
        "…",
    ],
)
def test_no_signal_is_never_simple(policy: Policy, prompt: str) -> None:
    found = classified(policy, plain(prompt))
    assert (found.task, found.tier, found.rule) == ("default", "sonnet", None)


@pytest.mark.parametrize(
    "prompt",
    [
        "A tag costs 3 dollars and a label costs twice as much. How much do 4 tags and 5 labels cost in total?",
        "A pump is to extract 9,000 J of heat each hour.\nA. 300 J\nB. 600 J\nC. 900 J\nD. 1,200 J\nAnswer:",
    ],
)
def test_a_keyword_of_a_low_tier_in_harder_work_does_not_decide_and_the_reason_says_so(
    policy: Policy, prompt: str
) -> None:
    found = classified(policy, plain(prompt))
    assert (found.task, found.tier) == ("default", "sonnet")
    assert "but the text looks like harder work: " in found.reason


def test_a_keyword_of_a_low_tier_in_the_content_does_not_decide_where_the_asking_is_for_other_work(
    policy: Policy,
) -> None:
    content = "The probe orbits the moon. Its sensors can detect ice from a great height. " * 4
    asked = "Put these reports together into one story for children, with a happy ending."
    prompt = f"{asked}\n\n{content}\n\nThink of the youngest readers, please."
    found = classified(policy, plain(prompt))
    assert found.tier == "sonnet"
    assert 'has "detect" (task detection), but the text does not look like' in found.reason


def test_a_keyword_in_the_request_decides_whatever_the_model_says_of_the_rest(policy: Policy) -> None:
    prompt = "Take a look at the agreement below and extract the names of the parties from it.\n\n" + COURIER * 5
    assert classified(policy, plain(prompt)).task == "extraction"


def test_a_text_that_begins_with_what_is_to_be_made_is_not_easy_whatever_it_quotes(policy: Policy) -> None:
    assert classified(policy, plain("Translate into French: Is this movie good or bad?")).task == "translation"


def test_opus_patterns_come_before_what_is_recognised(policy: Policy) -> None:
    assert classified(policy, plain("Do a security audit. Is this message spam or not?")).tier == "opus"


def test_what_is_recognised_comes_before_the_patterns_of_higher_tiers(policy: Policy) -> None:
    found = classified(policy, plain("Is this review positive or negative? The soup was cold."))
    assert (found.task, found.tier) == ("classification", "haiku")


def test_the_cap_of_its_task_holds_for_what_is_recognised(policy: Policy) -> None:
    found = classified(policy, plain(f"Is this message spam?\n{COURIER * 1_000}"))
    assert (found.task, found.tier) == ("default", "sonnet")
    assert "over its cap of 5,000" in found.reason


def test_the_reason_quotes_the_strongest_words_and_the_ledgers_rule_none(policy: Policy) -> None:
    found = classified(policy, plain("What is the sentiment of this tweet?\n\nDancing in the kitchen!"))
    assert '"sentiment"' in found.reason
    assert found.rule is not None
    assert found.rule.startswith("classification: text model 20")
    assert "sentiment" not in found.rule


def test_a_general_system_text_that_asks_for_a_label_makes_nothing_else_easy(policy: Policy) -> None:
    prompt = "Select one of: invoice, contract, letter.\n\nDear Sir, please find below the amount due for September."
    labelling = "You work in the mail room. Answer with one word."
    assert classified(policy, plain(prompt, system=labelling)).tier == "haiku"
    assert classified(policy, plain("Write a poem about rain.", system=labelling)).tier == "sonnet"


def test_a_follow_up_that_is_harder_work_leaves_the_low_tier(policy: Policy) -> None:
    asked = f"Is this message a complaint or a compliment?\n\n{COURIER}"
    first = classified(policy, messages(asked))
    harder = classified(policy, messages(asked, "Complaint", "Write a function that sorts messages: def sort(xs): ..."))
    assert (first.tier, harder.tier) == ("haiku", "sonnet")
    assert "a follow-up: the text looks like harder work" in harder.reason
    assert classified(policy, messages(asked, "Complaint", "and this one?")).tier == "haiku"


def test_what_is_recognised_never_moves_a_conversation_down(policy: Policy) -> None:
    found = classified(
        policy, messages("Tell me about rain.", "It falls.", "Is this tweet positive or negative? So wet!")
    )
    assert found.tier == "sonnet"


def test_an_explicit_task_is_not_second_guessed(policy: Policy) -> None:
    assert (
        classified(policy, plain("A tag costs 3 dollars. How much do 4 tags cost?", task="extraction")).tier == "haiku"
    )


def test_rules_switch_it_off_and_set_how_sure_it_must_be(preset: Preset) -> None:
    request = plain("What is the sentiment of this tweet?\n\nDancing in the kitchen!")
    off = preset.policy(routing={"text_model": {"enabled": False}})
    strict = preset.policy(routing={"text_model": {"enabled": True, "easy_from_percent": 99}})
    assert off.classifier.classify(request, InputSize.of(request.body)).tier == "sonnet"
    assert strict.classifier.classify(request, InputSize.of(request.body)).tier == "sonnet"


@pytest.mark.parametrize(
    ("rule", "finding"),
    [
        ({"enabled": True, "task": "nope"}, "text_model.task: 'nope' is not one of the tasks"),
        ({"enabled": True, "easy_from_percent": 10, "hard_up_to_percent": 10}, "must be below easy_from_percent"),
        ({"enabled": True, "easy_from_percent": 100}, "text_model.easy_from_percent"),
    ],
)
def test_rules_that_make_no_sense_are_refused_with_their_place(
    preset: Preset, rule: dict[str, object], finding: str
) -> None:
    with pytest.raises(InvalidRules) as refused:
        preset.policy(routing={"text_model": rule})
    assert finding in "\n".join(refused.value.findings)


@pytest.mark.parametrize(
    "prompt",
    [
        "Detect the error: def f(x):\n    return x / 0",
        "Classify the following function as pure or impure:\ndef twice(x): return x + x",
        "Please extract all API endpoints from this code:\nfor (route of routes) { app.get(route.path); }",
        'Extract "name" and "date" as JSON.\n\nOn 5 November 3 lamps at 20 dollars each went to Jonas, 2 days late.',
    ],
)
def test_an_order_that_the_user_begins_with_holds_whatever_it_is_about(policy: Policy, prompt: str) -> None:
    assert decide(policy, plain(prompt)).tier == "haiku"


def test_a_keyword_inside_a_word_problem_is_no_order(policy: Policy) -> None:
    prompt = "A shop sells 12 price tags for 3 dollars each. How many dollars does a tag cost if 4 of 12 are free?"
    assert decide(policy, plain(prompt)).tier == "sonnet"


CLASSIFIER = "You are a ticket classifier. Answer with one of billing, shipping, tech. Output the label only."


def test_an_instruction_in_the_system_text_decides_and_the_users_turn_is_data(policy: Policy) -> None:
    for data in (COURIER, "Please explain why I was charged twice.", "Where do I find the security audit?"):
        found = classified(policy, plain(data, system=CLASSIFIER))
        assert (found.task, found.tier) == ("classification", "haiku"), data
        assert "the instruction in the system text looks like this task (" in found.reason


@pytest.mark.parametrize(
    "system",
    [
        "You summarize support tickets for managers. Output JSON with the key summary.",
        "Translate every message into Danish. Return the translation only.",
        "You solve puzzles. Answer with yes or no only.",
        "You are a senior engineer. Return the corrected code only.",
    ],
)
def test_under_another_instruction_the_users_turn_cannot_lower_the_tier(policy: Policy, system: str) -> None:
    assert classified(policy, plain("Classify this as spam, yes or no", system=system)).tier == "sonnet"


@pytest.mark.parametrize(
    "prompt",
    [
        "Ist diese Bewertung gut oder schlecht? Das Essen war kalt.",
        "¿Este comentario es positivo o negativo? La sopa estaba fría.",
        "这个评论是正面的还是负面的？汤是凉的。",
        "Это положительный или отрицательный отзыв? Суп был холодный.",
    ],
)
def test_a_choice_between_labels_is_easy_in_other_languages(policy: Policy, prompt: str) -> None:
    assert classified(policy, plain(prompt)).tier == "haiku"


@pytest.mark.parametrize(
    "prompt",
    [
        "Fasse die Nachricht in zwei Sätzen zusammen.",
        "Résous le problème étape par étape.",
        "请写一首关于雨的诗。",
        "Переведи текст на английский.",
        "この関数のバグを直してください。",
    ],
)
def test_other_work_is_not_easy_in_other_languages(policy: Policy, prompt: str) -> None:
    assert classified(policy, plain(prompt)).tier == "sonnet"


def with_form(text: str, **fields: object) -> RouteRequest:
    return RouteRequest(body={"messages": [{"role": "user", "content": text}], **fields}, client="c")


def tools(*names: str) -> list[dict[str, object]]:
    return [{"name": name, "input_schema": {"type": "object"}} for name in names]


def test_a_forced_tool_or_a_closed_schema_makes_data_alone_easy(policy: Policy) -> None:
    forced = with_form(COURIER, tools=tools("file_ticket"), tool_choice={"type": "tool", "name": "file_ticket"})
    schema = {"type": "object", "properties": {"late": {"type": "boolean"}, "team": {"enum": ["post", "sales"]}}}
    closed = with_form(COURIER, output_config={"format": {"type": "json_schema", "schema": schema}})
    assert classified(policy, forced).tier == "haiku"
    assert classified(policy, closed).tier == "haiku"
    assert classified(policy, plain(COURIER)).tier == "sonnet"


@pytest.mark.parametrize("kind", ["boolean", "integer", "number", "string"])
def test_a_field_that_may_be_null_is_as_closed_as_without_null(policy: Policy, kind: str) -> None:
    tiers = set()
    for named in (kind, [kind], [kind, "null"], ["null", kind]):
        fields: dict[str, dict[str, Any]] = (
            {"reply": {}} if kind == "string" else {"late": {}, "team": {"enum": ["post", "sales"]}}
        )
        fields[next(iter(fields))]["type"] = named
        schema = {"type": ["object", "null"], "properties": fields}
        tiers.add(classified(policy, with_form(COURIER, output_config={"format": {"schema": schema}})).tier)
    assert tiers == {"sonnet" if kind == "string" else "haiku"}


def test_tools_that_claude_may_call_and_a_form_with_free_text_do_not(policy: Policy) -> None:
    schema = {"type": "object", "properties": {"reply": {"type": "string"}}}
    assert classified(policy, with_form(COURIER, tools=tools("get_order", "refund"))).tier == "sonnet"
    assert classified(policy, with_form(COURIER, output_config={"format": {"schema": schema}})).tier == "sonnet"


def test_keywords_do_not_decide_where_claude_has_tools_for_code(policy: Policy) -> None:
    text = "Extract the retry logic and label the pull request"
    assert classified(policy, with_form(text, tools=tools("Bash", "Edit"))).tier == "sonnet"


def test_a_small_max_tokens_does_not_make_a_calculation_easy(policy: Policy) -> None:
    text = "A shop sells 40 boxes a day at 6 dollars each and pays 900 dollars a week. What is left after 3 weeks?"
    assert classified(policy, with_form(text, max_tokens=5)).tier == "sonnet"


def test_data_turns_under_an_easy_instruction_neither_raise_nor_lower(policy: Policy) -> None:
    turns = (COURIER, "shipping", "Please explain why I was charged twice?", "billing", "Nothing works since Monday!")
    assert classified(policy, messages(*turns, system=CLASSIFIER)).tier == "haiku"


@pytest.mark.parametrize("follow_up", ["Now solve it, step by step.", "ok, then implement it", "Write a reply to it"])
def test_a_follow_up_that_makes_or_solves_goes_up(policy: Policy, follow_up: str) -> None:
    asked = f"Is this message a complaint or a compliment?\n\n{COURIER}"
    found = classified(policy, messages(asked, "Complaint", follow_up))
    assert found.tier == "sonnet"
    assert "a follow-up: the text looks like harder work: it asks to" in found.reason
