import re

import pytest
from tests.support.samples import SPAM, messages, plain

from model_router.domain.errors import InvalidRequest
from model_router.domain.estimate.input_size import InputSize
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.answer_form import form_of_turn
from model_router.domain.routing.classification import Classification
from model_router.domain.routing.policy import Policy

PASTED = "The parcel came late and nobody rang the bell. "


def classified(policy: Policy, request: RouteRequest) -> Classification:
    return policy.classifier.classify(request, InputSize.of(request.body))


def long(text: str, sentences: int = 700) -> str:
    """An order and so many sentences of 10 tokens."""
    return f"{text}\n\n{PASTED * sentences}"


def test_the_articles_example_is_haikus(policy: Policy) -> None:
    found = classified(policy, plain(SPAM))
    assert (found.task, found.tier, found.rule) == ("classification", "haiku", 'classification: "classify"')
    assert 'task classification: the user\'s text has "classify": haiku' in found.reason


@pytest.mark.parametrize("text", ["What happens at this stage?", "Who is Taggart?"])
def test_a_word_inside_another_word_is_no_signal(policy: Policy, text: str) -> None:
    found = classified(policy, plain(text))
    assert (found.task, found.tier, found.rule) == ("default", "sonnet", None)
    assert found.reason == "no rule matched what the user says: default tier sonnet"


def test_a_pattern_deep_inside_a_pasted_document_is_no_signal(policy: Policy) -> None:
    filler = "The quick brown fox jumps over the lazy dog. " * 200
    found = classified(policy, plain(f"Look at this.\n{filler} security audit {filler}\nThanks."))
    assert found.tier == "sonnet"
    assert "no rule matched the first 2,000 and last 2,000 characters of" in found.reason


def test_a_haiku_pattern_over_its_cap_falls_to_the_default_tier_and_says_so(policy: Policy) -> None:
    found = classified(policy, plain(long("Classify this")))
    assert (found.task, found.tier) == ("default", "sonnet")
    assert re.search(r"about [78],\d{3} input tokens are over its cap of 5,000", found.reason)
    assert "default tier sonnet" in found.reason


def test_a_haiku_pattern_over_its_cap_leaves_the_sonnet_patterns_to_decide(policy: Policy) -> None:
    found = classified(policy, plain(long("Extract the facts and summarize them")))
    assert (found.task, found.tier) == ("summarization", "sonnet")
    assert "over its cap of 5,000" in found.reason


def test_a_sonnet_pattern_over_its_cap_falls_to_the_default_tier(policy: Policy) -> None:
    assert classified(policy, plain(long("Summarize this", 6_000))).task == "default"


def test_opus_patterns_come_first_then_haiku_then_sonnet(policy: Policy) -> None:
    assert classified(policy, plain("Explain, classify and do a security audit")).tier == "opus"
    assert classified(policy, plain("Explain and classify")).tier == "haiku"


def test_the_longest_pattern_of_a_tier_decides(policy: Policy) -> None:
    assert classified(policy, plain("Extract the label; which category is it?")).task == "classification"


def test_a_keyword_in_a_general_system_text_is_no_signal(policy: Policy) -> None:
    system = "You are a helpful assistant. A security audit of this service is made every year."
    assert classified(policy, plain("Hello there", system=system)).tier == "sonnet"


def test_a_cap_counts_what_the_user_says_and_not_the_system_text_tools_and_examples(policy: Policy) -> None:
    static = {"system": long("Our products:"), "tools": [{"name": "look_up", "description": PASTED * 700}]}
    request = messages("Classify this", **static)
    assert InputSize.of(request.body).tokens > 10_000
    assert classified(policy, request).tier == "haiku"


@pytest.mark.parametrize(
    "text",
    [
        "Who was the architect of the town hall?",
        "A label on the box says that sensors detect smoke.",
        "The dentist will extract the tooth on Monday, and it will not hurt.",
    ],
)
def test_a_keyword_outside_the_request_is_no_signal(policy: Policy, text: str) -> None:
    found = classified(policy, plain(text))
    assert (found.task, found.tier) == ("default", "sonnet")


@pytest.mark.parametrize(
    "text",
    [
        "Detect and fix the race condition in the queue",
        "Extract the key points of the talk",
        "Design a radar that can detect small ships",
        "Classify the mails, then write an answer to each",
        "Extract the names and translate them into Greek",
    ],
)
def test_an_order_for_harder_work_overrules_a_keyword(policy: Policy, text: str) -> None:
    assert classified(policy, plain(text)).tier == "sonnet"


def test_an_english_keyword_does_not_match_in_another_language(policy: Policy) -> None:
    greeting = "Guten Tag, bitte entwerfen Sie eine Strategie fuer den Vertrieb und das Lager."
    assert classified(policy, plain(greeting)).tier == "sonnet"


def test_a_conversation_never_moves_down(policy: Policy) -> None:
    found = classified(policy, messages("Do a security audit of this", "Done.", "Now classify the findings"))
    assert (found.task, found.tier) == ("classification", "opus")
    assert "a conversation never moves down: opus" in found.reason


def test_a_follow_up_without_a_signal_stays_where_it_was(policy: Policy) -> None:
    found = classified(policy, messages("Classify this email", "SPAM", "and this one"))
    assert (found.task, found.tier) == ("classification", "haiku")
    assert found.reason.startswith("a follow-up without a signal stays where it was: ")


def test_no_signal_at_first_holds_the_default_tier_for_what_follows(policy: Policy) -> None:
    assert classified(policy, messages("Hello", "Hi!", "Classify this")).tier == "sonnet"


def test_a_tool_loop_stays_with_the_users_last_words(policy: Policy) -> None:
    result = [{"type": "tool_result", "tool_use_id": "t", "content": "security audit: classify"}]
    call = [{"type": "tool_use", "id": "t", "name": "read", "input": {}}]
    assert classified(policy, messages("Classify the file", call, result)).task == "classification"


def test_an_explicit_task_wins(policy: Policy) -> None:
    found = classified(policy, plain("Do a security audit", task="extraction"))
    assert (found.task, found.tier) == ("extraction", "haiku")
    assert "was asked for" in found.reason


def test_an_explicit_task_over_its_cap_gets_the_default_tier(policy: Policy) -> None:
    found = classified(policy, plain(long("x"), task="extraction"))
    assert (found.task, found.tier) == ("extraction", "sonnet")


def test_an_unknown_task_is_refused_with_a_list_of_the_tasks(policy: Policy) -> None:
    with pytest.raises(InvalidRequest, match=r"'nope' is not one of .*classification, .*default"):
        classified(policy, plain("x", task="nope"))


def test_of_a_very_long_conversation_the_first_and_the_last_turns_are_searched(policy: Policy) -> None:
    page = "The quick brown fox jumps over the lazy dog. " * 100
    short, long = ["Hello", "Hi"] * 600, [page, "I see."] * 200
    audit, thanks = ["Do a security audit", "Done."], "Thanks"
    assert classified(policy, messages(*short, *audit, *short, thanks)).tier == "opus"
    assert classified(policy, messages(*audit, *long, *long, thanks)).tier == "opus"
    assert classified(policy, messages(*long, *long, *audit, thanks)).tier == "opus"
    assert classified(policy, messages(*long, *audit, *long, thanks)).tier == "sonnet"


def test_answers_after_a_turn_are_no_feature_of_it() -> None:
    turns = ["Label: 'Nice.'", "good", "Label: 'Bad.'", "bad", "Label: 'Fine.'", "good", "Thanks"]
    conversation = messages(*turns).body["messages"]
    for place in range(0, len(conversation), 2):
        assert form_of_turn(conversation, place) == form_of_turn(conversation[: place + 1], place)
    assert form_of_turn(conversation, 6) == {"f:answers short"}


def test_only_the_last_turn_is_prefilled() -> None:
    conversation = messages("Label this", "A", "And this", "{").body["messages"]
    assert [form_of_turn(conversation, place) for place in (0, 2)] == [frozenset(), {"f:prefill"}]
