"""Compares the kinds of two lines of text: a number, a code, a word or a phrase."""

import re

from model_router.domain.validators.numerals import read
from model_router.domain.validators.text import plain

_DIGITS = re.compile(r"[0-9]+")
_MARKS = re.compile(r"[\s*_`\"']")


def phrase_difference(example: str, answer: str) -> str:
    """The difference between the kinds of two lines as text, or an empty text."""
    if not answer:
        return "it is empty"
    if "\n" in answer:
        return "it has more than one line"
    if _is_number(example):
        return "" if _is_number(answer) else "it is not a number"
    if not any(char.isalpha() for char in example):
        return "" if _signs(example) == _signs(answer) else "its digits and signs are in another order"
    if len(example.split()) == 1 and len(answer.split()) != 1:
        return "it has more than one word"
    for same_case, name in ((str.isupper, "upper"), (str.islower, "lower")):
        if same_case(example) and any(map(str.isalpha, answer)) and not same_case(answer):
            return f"it is not all in {name} case"
    if example[-1] not in ".!?" and answer[-1] == "." and len(example.split()) < 4:
        return "it ends with a full stop"
    return ""


def _is_number(text: str) -> bool:
    text = plain(text).strip("$€£%- ")
    return bool(text) and _DIGITS.match(text) is not None and set(text) <= set("0123456789,.'e+-") and _reads(text)


def _reads(text: str) -> bool:
    """Whether it is a numeral, which a date or a telephone number is not."""
    return re.fullmatch(r"[0-9][0-9,.']*(?:e[+-]?[0-9]{1,3})?", text) is not None and read(text) is not None


def _signs(text: str) -> str:
    """The form of a date, a time or a telephone number, with each run of digits as one digit."""
    return _DIGITS.sub("9", _MARKS.sub("", text))
