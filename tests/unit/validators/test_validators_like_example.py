"""An example's form, and answers that have it or do not."""

from typing import Any

import pytest

from model_router.domain.validators import InvalidValidator, build

ORDER = '{"customer": "Ann", "items": [{"sku": "A1", "count": 2}], "paid": true, "note": null}'


def code(example: str, answer: str, **options: Any) -> str:
    return build({"type": "like_example", "example": example, **options}).check(answer, "").code


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ('{"customer": "Bo", "items": [], "paid": false, "note": "x"}', "ok"),
        ('```json\n{"paid": true, "note": 1, "customer": null, "items": [{"sku": "B", "count": 1.5}]}\n```', "ok"),
        ('{"customer": "Bo", "items": [], "paid": false}', "other_shape"),
        ('{"customer": "Bo", "items": [], "paid": "no", "note": null}', "other_shape"),
        ('{"customer": "Bo", "items": {"sku": "A"}, "paid": true, "note": null}', "other_shape"),
        ('{"customer": "Bo", "items": [{"sku": "A"}], "paid": true, "note": null}', "other_shape"),
        ('{"customer": "Bo", "items": [], "paid": true, "note": null, "more": 1}', "other_shape"),
        ("[]", "other_shape"),
        ("Customer: Bo", "not_json"),
    ],
)
def test_json_has_the_examples_keys_and_kinds(answer: str, said: str) -> None:
    assert code(ORDER, answer) == said


def test_more_keys_may_be_allowed() -> None:
    assert code('{"a": 1}', '{"a": 2, "b": 3}', more_keys=True) == "ok"


def test_the_message_says_where() -> None:
    verdict = build({"type": "like_example", "example": ORDER}).check(
        '{"customer": "Bo", "items": [{"sku": "A", "count": 1}, {"sku": 7, "count": 1}], "paid": true, "note": null}',
        "",
    )
    assert "'items'[1].'sku' is a number and should be a string" in verdict.message


@pytest.mark.parametrize(
    ("example", "answer", "said"),
    [
        ("Label: SPAM\nReason: asks for money", "Label: HAM\nReason: a bill", "ok"),
        ("Label: SPAM\nReason: asks for money", "**Label:** HAM\n**Reason:** a bill\nof May", "ok"),
        ("Label: SPAM\nReason: asks for money", "Label: HAM\nReason: said\nNote: nothing", "ok"),
        ("Label: SPAM\nReason: asks for money", "Reason: a bill\nLabel: HAM", "other_form"),
        ("Label: SPAM\nReason: asks for money", "Label: HAM", "other_form"),
        ("Label: SPAM\nReason: asks for money", "Label: HAM\nReason:", "other_form"),
        ("Label: SPAM\nReason: asks for money", "Sure!\nLabel: HAM\nReason: a bill", "other_form"),
        ("- one\n- two", "* three\n  and more of it\n* four", "ok"),
        ("- one\n- two", "1. three\n2. four", "other_form"),
        ("- one\n- two", "Here they are:\n- three", "other_form"),
        ("1. one\n2. two", "1) three", "ok"),
        ("- one\n- two", "", "other_form"),
        ("SPAM", "HAM", "ok"),
        ("SPAM", "Ham", "other_form"),
        ("SPAM", "HAM, I THINK", "other_form"),
        ("spam", "not_spam", "ok"),
        ("Billing", "Billing.", "other_form"),
        ("Billing", "It is\nBilling", "other_form"),
        ("42", "1,234.5", "ok"),
        ("42", "forty-two", "other_form"),
        ("2024-01-31", "1999-12-05", "ok"),
        ("2024-01-31", "31.1.2024", "other_form"),
        ("2024-01-31", "January 31", "other_form"),
        ("A short title", "Another title of some length", "ok"),
        ("42", "", "other_form"),
    ],
)
def test_lines_have_the_examples_form(example: str, answer: str, said: str) -> None:
    assert code(example, answer) == said


@pytest.mark.parametrize("example", ["Two lines\nof prose", "   ", "- a list\nand prose"])
def test_an_example_without_a_form_is_refused(example: str) -> None:
    with pytest.raises(InvalidValidator, match="example: has no usable form"):
        build({"type": "like_example", "example": example})
