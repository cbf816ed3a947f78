"""Conversations whose first turn announces the others, and follow-ups that ask for more. All texts are our own."""

import pytest
from tests.support.samples import messages

from model_router.domain.routing.announcements import FirstTurn
from model_router.domain.routing.decision import decide
from model_router.domain.routing.policy import Policy

DATA = (
    "Do you have a list of exchange rates?",
    "I was charged twice in May. Please correct this.",
    "The courier left the box in the rain again.",
)
ANNOUNCEMENT = (
    "I will paste messages one at a time. For each, tell me which queue it belongs to: billing, technical, other."
)


@pytest.mark.parametrize(
    "first",
    [
        "I'll send you reviews. Label each one.",
        "I’ll send you reviews.",
        "Let's sort my inbox.",
        "Ich schicke dir gleich Mails.",
        "Je vais te donner des phrases, une par une.",
        "Voy a pegar mensajes.",
        "Vou enviar avaliações, um por um.",
        "Ti mando delle recensioni, una alla volta.",
        "これから文章を送ります。",
        "我会发给你几条评论。",
        "문장을 하나씩 보낼게요.",
        "मैं एक-एक करके वाक्य भेजूँगा।",
        "سأرسل لك رسائل.",
        "Я буду присылать отзывы по одному.",
    ],
)
def test_a_first_turn_announces_more_in_every_language(first: str) -> None:
    assert FirstTurn(first).announces_more


@pytest.mark.parametrize("first", ["Is this review positive? The zipper broke.", "Which queue is this for?", ""])
def test_a_request_about_one_text_announces_nothing(first: str) -> None:
    assert not FirstTurn(first).announces_more


@pytest.mark.parametrize("answer", ["Sure, send the first one.", "billing"])
@pytest.mark.parametrize("data", DATA)
def test_after_an_announcement_a_turn_is_data(policy: Policy, answer: str, data: str) -> None:
    assert decide(policy, messages(ANNOUNCEMENT, answer, data)).tier == "haiku"


@pytest.mark.parametrize(
    "order", ["Write a reply to the last one.", "Now translate all of them.", "Summarize the complaints so far."]
)
def test_after_an_announcement_an_order_for_harder_work_goes_up(policy: Policy, order: str) -> None:
    assert decide(policy, messages(ANNOUNCEMENT, "Go ahead.", "It rains in.", "other", order)).tier == "sonnet"


ASKED = "Is this message a complaint or a compliment?\n\nThe courier left the box in the rain again."


@pytest.mark.parametrize(
    "follow_up",
    [
        "Got it, now translate it.",
        "Hm, interesting, rewrite it for me.",
        "Thanks a lot, can you draft an answer?",
        "What should I answer?",
        "And what tone should we use?",
    ],
)
def test_a_follow_up_that_asks_for_something_else_goes_up(policy: Policy, follow_up: str) -> None:
    assert decide(policy, messages(ASKED, "Complaint", follow_up)).tier == "sonnet"


@pytest.mark.parametrize(
    "follow_up", ["and how urgent, on a scale from 1 to 5?", "Which category is it?", "and this one?"]
)
def test_a_follow_up_that_asks_for_another_label_stays(policy: Policy, follow_up: str) -> None:
    assert decide(policy, messages(ASKED, "Complaint", follow_up)).tier == "haiku"
