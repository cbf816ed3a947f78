"""`one_of`: the answer is one of the labels and nothing else."""

import dataclasses
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from model_router.domain.validators.base import (
    InvalidValidator,
    Spec,
    Validator,
    Verdict,
    excerpt,
    failed,
    listing,
    passed,
)
from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.phrases import occurring
from model_router.domain.validators.text import nfkc

_NAME: Literal["one_of"] = "one_of"
_MAX_LABEL = 200
#: Characters that may surround a label: quotes and Markdown's emphasis and code marks.
_AROUND = " \"'“”„‘’‚«»‹›*_`~"
_AFTER = _AROUND + ".。"
#: A longer answer cannot be a label: NFKC expands text 18-fold at most, and few marks surround it.
_MAX_ANSWER = 4_000


class OneOfSpec(Spec):
    """`labels`: 1 to 200 labels of at most 200 characters, all different after normalising.

    They are compared without regard to case, width (NFKC), white space, and surrounding quotes, Markdown emphasis or a
    final full stop: `**Not spam.**` is `not spam`. "SPAM because …" and "Label: SPAM" fail, because a program that
    reads the label would have to know these forms.
    """

    NAME: ClassVar[str] = _NAME
    type: Literal["one_of"]
    labels: list[Annotated[str, Field(min_length=1, max_length=_MAX_LABEL)]] = Field(min_length=1, max_length=200)

    def build(self) -> Validator:
        known: dict[str, str] = {}
        for index, label in enumerate(self.labels):
            path = f"labels[{index}]"
            form = normalise(label)
            if not form:
                raise InvalidValidator("is blank; give a label that has at least one character", path)
            if form in known:
                same = excerpt(known[form])
                raise InvalidValidator(
                    f"equals {same} after normalising (case and surrounding punctuation are ignored)", path
                )
            known[form] = label
        return OneOf(tuple(known.values()), frozenset(known))


@dataclasses.dataclass(frozen=True, slots=True)
class OneOf:
    labels: tuple[str, ...]
    forms: frozenset[str]
    type: str = _NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        text = answer.strip()
        if not text:
            return failed(self.type, "empty_answer", f"The answer is empty; it must be one of {listing(self.labels)}.")
        form = normalise(text) if len(text) <= _MAX_ANSWER else ""
        if form in self.forms:
            return passed(self.type)
        wanted = f"it must be exactly one of {listing(self.labels)}."
        if form and occurring(self.forms, form, budget):
            return failed(self.type, "more_than_label", f"The answer {excerpt(text)} has more than a label; {wanted}")
        return failed(self.type, "not_one_of", f"The answer {excerpt(text)} is none of the labels; {wanted}")


def normalise(text: str) -> str:
    """A label's form for comparing. A label that consists of marks only (`*`, `...`) keeps them."""
    form = " ".join(nfkc(nfkc(text).casefold()).split())
    return form.lstrip(_AROUND).rstrip(_AFTER) or form
