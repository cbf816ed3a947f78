"""`like_example`: the answer has the form of an example: JSON with its keys, labelled lines, a list or a phrase."""

import dataclasses
import re
from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from model_router.domain.validators.base import InvalidValidator, Spec, Validator, Verdict, failed, passed
from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.json_text import NotJson, parse
from model_router.domain.validators.numerals import read
from model_router.domain.validators.text import plain

_Pair = tuple[object, object, str]


def difference(example: object, value: object, *, more_keys: bool, budget: Budget = UNLIMITED) -> str:
    """The first difference in the shape of `value` as text, or an empty text.

    Walks `value` once, without recursion. Raises OutOfTime.
    """
    rest: list[_Pair] = [(example, value, "")]
    for wanted, actual, where in budget.watch(_popped(rest)):
        if wanted is None or actual is None:
            continue
        if _kind(wanted) != _kind(actual):
            return f"{where or 'the value'} is {_kind(actual)} and should be {_kind(wanted)}"
        if isinstance(wanted, dict) and isinstance(actual, dict):
            for key in wanted:
                if key not in actual:
                    return f"{where or 'the value'} lacks the key {key!r:.80}"
            for key in () if more_keys else actual:
                if key not in wanted:
                    return f"{where or 'the value'} has the unexpected key {key!r:.80}"
            rest.extend((wanted[key], actual[key], _under(where, key)) for key in wanted)
        elif isinstance(wanted, list) and isinstance(actual, list) and wanted:
            rest.extend((wanted[0], item, f"{where[:120]}[{index}]") for index, item in enumerate(actual))
    return ""


def _popped(rest: list[_Pair]) -> Iterator[_Pair]:
    while rest:
        yield rest.pop()


def _under(where: str, key: str) -> str:
    return f"{where[:120]}.{key[:40]!a:.60}" if where else f"{key[:40]!a:.60}"


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return "a string" if isinstance(value, str) else "a number"


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


#: Characters of an answer that is not JSON.
_MAX_ANSWER = 200_000
_LABEL = re.compile(r"^[ \t]*(?:\*\*|__)?([^\W\d_][^:\n]{0,40}?)(?:\*\*|__)?[ \t]*:(?:\*\*|__)?(?=\s|$)[ \t]*(.*)$")
_MARK = re.compile(r"^[ \t]*(?:([-*•])|([0-9]{1,3})([.)]))[ \t]+\S")


class LikeExampleSpec(Spec):
    """`example` is a sample answer, and its form is required of the answer.

    JSON: the same kind of value, the same keys at every level (`more_keys` allows others as well), list items like the
    example's first; null matches anything. Lines `Label: value`: the same labels in the same order, with a value where
    the example has one. A list: every line is an item, with the same kind of mark. A single line: a single line, a
    number for a number, one word for one word, and upper or lower case if the example has only one of them. Other
    examples (prose of several lines) are refused.
    """

    NAME: ClassVar[str] = "like_example"
    type: Literal["like_example"]
    example: str = Field(min_length=1, max_length=10_000)
    more_keys: bool = False

    def build(self) -> Validator:
        form = _form_of(self.example)
        if form is None:
            raise InvalidValidator("has no usable form; give JSON, labelled lines, a list or a single line", "example")
        value = parse(self.example) if form == "json" else None
        return LikeExample(form, self.example.strip(), value, self.more_keys)


Form = Literal["json", "labels", "list", "phrase"]


@dataclasses.dataclass(frozen=True, slots=True)
class LikeExample:
    form: Form
    example: str
    value: object
    more_keys: bool
    type: str = LikeExampleSpec.NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        if self.form == "json":
            return self._as_json(answer, budget)
        if len(answer) > _MAX_ANSWER:
            return failed(self.type, "too_much_to_check", f"The answer has over {_MAX_ANSWER} characters.")
        budget.check()
        text = answer.strip()
        compare = {"labels": _label_difference, "list": _list_difference, "phrase": phrase_difference}[self.form]
        difference = compare(self.example, text)
        if not difference:
            return passed(self.type)
        return failed(self.type, "other_form", f"The answer is not like the example: {difference}.")

    def _as_json(self, answer: str, budget: Budget) -> Verdict:
        try:
            value = parse(answer, budget=budget)
        except NotJson as error:
            return failed(self.type, error.code, str(error))
        wrong = difference(self.value, value, more_keys=self.more_keys, budget=budget)
        if not wrong:
            return passed(self.type)
        return failed(self.type, "other_shape", f"The answer's JSON is not like the example's: {wrong}.")


def _form_of(example: str) -> Form | None:
    text = example.strip()
    if text[:1] in ("{", "[", "`"):
        try:
            parse(text)
        except NotJson:
            pass  # it only begins like JSON
        else:
            return "json"
    lines = _lines(text)
    if lines and all(_MARK.match(line) for line in lines):
        return "list"
    if lines and all(_LABEL.match(line) for line in lines):
        return "labels"
    return "phrase" if len(lines) == 1 else None


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _labels(text: str) -> list[tuple[str, bool]]:
    """The labels of labelled lines, and whether each has a value on its line or the next."""
    labels: list[tuple[str, bool]] = []
    for line in _lines(text):
        match = _LABEL.match(line)
        if match:
            labels.append((match.group(1).strip().casefold(), bool(match.group(2).strip())))
        elif labels:
            labels[-1] = (labels[-1][0], True)
    return labels


def _label_difference(example: str, answer: str) -> str:
    """What is wrong, or an empty text. Labels that the example does not have, such as `Note: …`, belong to a value."""
    wanted = _labels(example)
    names = {name for name, _ in wanted}
    lines = _lines(answer)
    if not lines or not _LABEL.match(lines[0]):
        return "it does not begin with a labelled line"
    actual = [(name, filled) for name, filled in _labels(answer) if name in names]
    if [name for name, _ in actual] != [name for name, _ in wanted]:
        return "it has other labels, or another order"
    empty = [name for (name, filled), (_, required) in zip(actual, wanted, strict=True) if required and not filled]
    return f'"{empty[0]}" has no value' if empty else ""


def _list_difference(example: str, answer: str) -> str:
    """What is wrong, or an empty text. Indented lines belong to the item above."""
    numbered = _is_numbered(_lines(example)[0])
    lines = _lines(answer)
    if not lines:
        return "it is empty"
    for line in lines:
        if line[0] in " \t" and line is not lines[0]:
            continue
        if not _MARK.match(line):
            return "it has lines that are not items"
        if _is_numbered(line) != numbered:
            return "its items are not marked like the example's"
    return ""


def _is_numbered(line: str) -> bool:
    match = _MARK.match(line)
    return bool(match and match.group(2))
