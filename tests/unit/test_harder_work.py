"""Harder work that looks easy stays off the cheapest tier. All prompts are written for these tests."""

import pytest
from tests.support.presets import Preset
from tests.support.samples import messages, plain

from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.asks import harder_order_in, harder_orders_in
from model_router.domain.routing.decision import decide
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.system_orders import harder_order_of_system

COURIER = "The courier left the box in the rain again."
ASKED = f"Is this message a complaint or a compliment?\n\n{COURIER}"
CLASSIFIER = "You are a ticket classifier. Answer with one of billing, shipping, tech. Output the label only."
JAVA = "private int count;\npublic void add() { count++; }"
FILLER = "The shop sells lamps and chairs to homes in all of Europe. " * 30


def tier_of(policy: Policy, request: RouteRequest) -> str:
    return decide(policy, request).tier


def test_all_harder_orders_are_found_and_one_that_outweighs_an_easy_one_comes_first() -> None:
    sentences = [["detect", "and", "explain", "the", "deadlock", "and", "fix", "it"], ["then", "summarize"]]
    assert list(harder_orders_in(sentences)) == ["explain", "fix", "summarize"]
    assert harder_order_in(sentences) == "fix"
    assert harder_order_in([["classify", "and", "explain"]]) == "explain"


@pytest.mark.parametrize(
    "prompt",
    [
        "Detect and explain the deadlock and fix it.",
        "Classify and explain these errors and write a patch for each.",
        "Explain and detect the leak, then refactor the pool.",
        "Extract the claims, explain them and then also translate the list into Danish.",
    ],
)
def test_an_order_to_explain_does_not_hide_a_harder_order(policy: Policy, prompt: str) -> None:
    assert tier_of(policy, plain(prompt)) == "sonnet"


@pytest.mark.parametrize(
    "prompt",
    [
        "Yes or no\nGiven three jugs of 8, 5 and 3 litres, can you measure 4 litres in at most 6 pours?",
        "True or false: every continuous function on a compact metric space is uniformly continuous.",
        "Tagging costs 2 dollars a box and 9 boxes come each day. How much is it for a tag each in 4 weeks?",
    ],
)
def test_a_text_that_begins_with_a_pattern_that_is_no_order_keeps_the_models_verdict(
    policy: Policy, prompt: str
) -> None:
    assert tier_of(policy, plain(prompt)) == "sonnet"


@pytest.mark.parametrize(
    "prompt",
    [
        f"Is this thread-safe? Answer yes or no.\n{JAVA}",
        f"Is this class good or bad?\n{JAVA}",
        "Is the following snippet safe or unsafe?\nchar buf[8];\nstrcpy(buf, name);",
        "Does this have a vulnerability? Answer yes or no.\nstrcpy(buf, name);",
        "Is this review question easy or hard? Answer yes or no.\nA. a cow\nB. a goat\nC. a hen\nD. a pig",
    ],
)
def test_code_and_lettered_options_are_not_easy_however_sure_the_model_is(policy: Policy, prompt: str) -> None:
    assert tier_of(policy, plain(prompt)) == "sonnet"


@pytest.mark.parametrize(
    "order",
    [
        "Write a polite reply to the customer.",
        "Then decide whether to approve the loan, and calculate the risk-adjusted rate.",
        "2. Refactor the code that they attach.",
        "For each ticket, draft an answer in the customer's language.",
        "- **Summarize** the history of the customer.",
        "Your second task is to write a SQL query that finds similar tickets.",
        "Once you have the label, you should implement the change.",
        "The model must solve the customer's problem.",
    ],
)
@pytest.mark.parametrize("place", ["start", "middle", "end"])
def test_a_harder_order_anywhere_in_a_system_text_is_seen(policy: Policy, order: str, place: str) -> None:
    parts = {"start": [order, CLASSIFIER, FILLER], "middle": [CLASSIFIER, FILLER, order, FILLER, CLASSIFIER]}
    system = "\n".join(parts.get(place, [CLASSIFIER, FILLER, order]))
    assert tier_of(policy, plain(COURIER, system=system)) == "sonnet"


@pytest.mark.parametrize(
    "part",
    [
        "- fix: something is broken\n- translate: a text in another language\n- write, build or design",
        "Do not explain. Never write more than the label.",
        "Write only the label.",
        "Write the label in lower case.",
        "Produce exactly one JSON object and generate no other text.",
        'Example: "Fix my lamp" is tech.',
        "<example>\nWrite me a refund letter\n</example>",
    ],
)
def test_labels_negations_and_examples_in_a_system_text_are_no_orders(policy: Policy, part: str) -> None:
    system = f"{CLASSIFIER}\n{part}\n{FILLER}"
    assert harder_order_of_system(system) == ""
    assert tier_of(policy, plain(COURIER, system=f"{CLASSIFIER}\n{FILLER}\n{part}\n{FILLER}\n{CLASSIFIER}")) == "haiku"


@pytest.mark.parametrize(
    "follow_up",
    [
        "Right.\nThanks, now implement it",
        "Good.\nBest, fix it",
        "Thanks, now implement it",
        "Thank you. Now solve it",
        "Great, implement it",
        "Perfect, then write a reply",
        "Ok right, please translate it",
        "Merci, now explain why",
    ],
)
def test_thanks_and_praise_do_not_hide_a_harder_order(policy: Policy, follow_up: str) -> None:
    assert tier_of(policy, messages(ASKED, "Complaint", follow_up)) == "sonnet"


@pytest.mark.parametrize("data", ["Great design, love it", "Thanks, the lamp works.", "Perfect fix by the team!"])
def test_praise_in_data_is_no_order(policy: Policy, data: str) -> None:
    system = "You rate reviews. Answer with positive or negative only."
    assert tier_of(policy, messages(COURIER, "negative", data, system=system)) == "haiku"


def test_a_greeting_with_an_order_is_not_cut(policy: Policy) -> None:
    assert tier_of(policy, plain(f"Hey, translate the following\n{ASKED}")) == "sonnet"
    assert tier_of(policy, plain(f"Hey there,\n{ASKED}")) == "haiku"


@pytest.mark.parametrize("end", ["Thanks,\nMaria", "Best,\nJonas Berg", "Kind regards", "Thanks in advance!", "Danke"])
def test_a_sign_off_is_not_part_of_the_request(policy: Policy, end: str) -> None:
    assert tier_of(policy, plain(f"{ASKED}\n\n{end}")) == "haiku"


@pytest.mark.parametrize(
    "prompt",
    [
        "Extract the business logic from this stored procedure into a microservice with its own schema.",
        "Classify the following integral as convergent or divergent: the integral of sin(x)/x from 0 to infinity.",
        "Label each step of this proof as valid or invalid and repair the invalid ones.",
        "Tag every lemma of the theorem below with the axiom that it needs.",
        "Extract the auth code from our monolith into its own service and keep the tests green.",
        "Extract a reusable React hook from these three components.",
    ],
)
def test_an_easy_order_does_not_make_mathematics_or_work_on_code_easy(policy: Policy, prompt: str) -> None:
    assert tier_of(policy, plain(prompt)) == "sonnet"


@pytest.mark.parametrize(
    "prompt",
    [
        "Detect the race condition and repair it",
        "Extract the two balances and reconcile them",
        "Classify the outage and diagnose it",
        "Extract the fragments and reconstruct the letter",
        "Label the merge conflicts and resolve them",
        "Detecta los errores y corrígelos.",
        "Rileva gli errori nel testo e correggili.",
        "Detecte os erros no texto e corrija-os.",
    ],
)
def test_orders_to_repair_are_harder_work_in_any_language_of_the_lexicon(policy: Policy, prompt: str) -> None:
    assert tier_of(policy, plain(prompt)) == "sonnet"


PUZZLES = (
    "A chessboard has two opposite corners removed. Can the rest be covered with dominoes without a gap? yes or no",
    "Three switches outside a closed room control three bulbs in it. You may enter once. Can you match them? yes or no",
    "Can the regex (a+)+$ backtrack without end on a long run of the same letter? Answer yes or no.",
    "Five people sit round a table. Ann is left of Bob, Bob is opposite Cy. Is Ann next to Cy? Answer yes or no.",
    "true or false: quicksort with a random pivot has expected linear time on sorted input",
    "true or false: a knight can visit every square of a four by four board exactly once and come home",
)


@pytest.mark.parametrize("prompt", PUZZLES)
def test_a_form_of_answer_alone_does_not_make_a_puzzle_easy(preset: Preset, prompt: str) -> None:
    assert tier_of(preset.policy(), plain(prompt)) == "sonnet"
    assert tier_of(preset.policy(routing={"text_model": None}), plain(prompt)) == "haiku"


@pytest.mark.parametrize(
    "prompt",
    [
        "Is water wet? yes or no",
        "Does the email below mention a refund? yes or no\n\nPlease send my money back.",
        "Does this review recommend the hotel? Answer yes or no.\n\nGreat design, great staff, I will come back.",
        "True or false: this message is a complaint. The soup was cold.",
    ],
)
def test_a_form_of_answer_decides_for_a_short_question_and_a_text_to_judge(policy: Policy, prompt: str) -> None:
    assert tier_of(policy, plain(prompt)) == "haiku"


@pytest.mark.parametrize(
    "prompt",
    [
        "Detect the vulnerability in this login form and show how to exploit it.",
        "Which category of inverse problem is this, and how would you regularise it?",
        "Classify the complaint below and tell me how to answer it. The soup was cold.",
        "Is this review positive or negative, and how should we answer? The soup was cold.",
        "Extract the common interface of these two services and move it into a package of its own.",
        "Extract the retry loop into a helper.",
        "Classify all finite simple groups.",
        "Classify the singularities of this curve.",
        "Label the eigenvalues as stable or unstable.",
    ],
)
def test_a_keyword_with_an_open_question_mathematics_or_a_change_of_code_does_not_decide(
    policy: Policy, prompt: str
) -> None:
    assert tier_of(policy, plain(prompt)) == "sonnet"


@pytest.mark.parametrize(
    "prompt",
    [
        "Classify the complaint below and say how urgent it is. The soup was cold.",
        "Extract the dates into a table. We meet on 3 May.",
        "Extract the name and how long the guest stays. Ms. Berg books for a week.",
    ],
)
def test_how_much_and_a_form_of_answer_are_easy_nevertheless(policy: Policy, prompt: str) -> None:
    assert tier_of(policy, plain(prompt)) == "haiku"
