"""A prompt without an instruction elsewhere needs more certainty; some of its forms are never easy."""

from itertools import product

import pytest
from tests.support.presets import Preset
from tests.support.samples import plain

from model_router.domain.requests.user_text import Windows
from model_router.domain.routing.decision import decide
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.recognition import Recogniser, Recognition
from model_router.domain.routing.rules_parsing import InvalidRules
from model_router.domain.routing.text_features import NO_SYSTEM, Turn, shape_of, system_shape
from model_router.domain.routing.text_model import TextModel, score_at

BARE = "Which category and which label is it, good or bad?"
NAMES_A_TEXT = "Which category and which label has this email, good or bad?"


def recognised(prompt: str, percent: int, *, bare_from: int, form: frozenset[str], system: str = "") -> Recognition:
    """What is recognised by a model that is equally sure of each text."""
    model = TextModel("2026-01-01", score_at(percent), {})
    turn = Turn.of(prompt, Windows(2000, 2000))
    shape = shape_of(turn, system_shape({"system": system}) if system else NO_SYSTEM, form)
    return Recogniser(model, "classification", 50, 20, bare_from).recognise(shape)


@pytest.mark.parametrize(("percent", "bare_from"), list(product((55, 70, 85, 95), (60, 80, 90))))
def test_a_bare_prompt_is_easy_only_from_its_own_limit(percent: int, bare_from: int) -> None:
    found = recognised(BARE, percent, bare_from=bare_from, form=frozenset())
    assert (found.kind == "easy") == (percent >= bare_from)


@pytest.mark.parametrize(
    ("prompt", "form", "system"),
    [
        (NAMES_A_TEXT, frozenset(), ""),
        (BARE, frozenset({"f:few tokens"}), ""),
        (BARE, frozenset(), "You are a classifier. Answer with the label only."),
    ],
)
def test_a_prompt_that_names_a_text_or_has_an_instruction_or_a_form_keeps_the_usual_limit(
    prompt: str, form: frozenset[str], system: str
) -> None:
    assert recognised(prompt, 55, bare_from=99, form=form, system=system).kind == "easy"


def test_the_limit_for_bare_prompts_is_never_below_the_usual_one() -> None:
    model = TextModel("2026-01-01", score_at(70), {})
    shape = shape_of(Turn.of(BARE, Windows(2000, 2000)), NO_SYSTEM, frozenset())
    assert Recogniser(model, "classification", 90, 20, 50).recognise(shape).kind == "unsure"


def test_rules_set_the_limit_and_a_wrong_one_is_refused(preset: Preset) -> None:
    request = plain("Pick the right label for it: duck, cow or horse.\n\nIt says moo.")
    rule = {"enabled": True, "easy_from_percent_bare": 50}
    strict = {**rule, "easy_from_percent_bare": 99}
    tiers = [decide(preset.policy(routing={"text_model": of}), request).tier for of in (rule, strict)]
    assert tiers == ["haiku", "sonnet"]
    with pytest.raises(InvalidRules):
        preset.policy(routing={"text_model": {"enabled": True, "easy_from_percent_bare": 100}})


@pytest.mark.parametrize("sure", [60, 80, 99])
@pytest.mark.parametrize(
    ("prompt", "against"),
    [
        ("Ann rates 12 films and Ben 9 more. The same label fits 5. How many films are left?", "numbers"),
        ("The star arrives 20 minutes after the label boss. How much earlier must he leave?", "numbers"),
        ("Extract the theorem and its label from the passage.", "mathematics"),
        ('Do you agree with this sentence about labels: "all labels are the same"?', "opinion"),
    ],
)
def test_some_forms_of_bare_prompts_are_hard_however_sure_the_model_is(prompt: str, against: str, sure: int) -> None:
    found = recognised(prompt, sure, bare_from=50, form=frozenset())
    assert found.kind == "hard"
    assert against in found.detail


@pytest.mark.parametrize(
    "prompt",
    [
        "Here are 3 notes by one guest. Which rating fits? How many stars did this guest give?",
        "Is this message spam? The writer of the 2 mails does not agree with you.",
    ],
)
def test_a_count_within_texts_and_an_opinion_in_the_data_are_not_hard(prompt: str) -> None:
    assert recognised(prompt, 90, bare_from=50, form=frozenset()).kind == "easy"


@pytest.mark.parametrize(
    "prompt",
    [
        "this sentence is false. true or false?",
        "This statement is not true. True or false?",
        "Yes or no: what I say now is a lie.",
        "This claim is untrue. Yes or no?",
    ],
)
def test_a_sentence_about_its_own_truth_is_no_yes_or_no_question(policy: Policy, prompt: str) -> None:
    assert decide(policy, plain(prompt)).tier == "sonnet"


@pytest.mark.parametrize("order", ["Summarize it when I send it.", "Translate all of it."])
def test_a_keyword_in_the_middle_does_not_decide_next_to_an_order_for_harder_work(preset: Preset, order: str) -> None:
    keywords_alone = preset.policy(routing={"text_model": None})
    middle = "Leave out the prices. " * 12
    prompt = f"You work for a broker.\n{middle}\n%s\nTag the line breaks.\n{middle}\nThe market fell on Monday."
    assert decide(keywords_alone, plain(prompt % order)).tier == "sonnet"
    assert decide(keywords_alone, plain(prompt % "Prices are in euros.")).tier == "haiku"
