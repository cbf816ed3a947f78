"""`one_of`: the answer is one of the labels, and nothing else."""

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
#: What may stand around a label: quotes and Markdown's emphasis and code marks.
_AROUND = " \"'“”„‘’‚«»‹›*_`~"
_AFTER = _AROUND + ".。"
#: No longer answer can be a label: what NFKC expands most grows 18-fold, and the marks around it are few.
_MAX_ANSWER = 4_000


class OneOfSpec(Spec):
    """`labels`: 1 to 200 labels of at most 200 characters, all different once normalised.

    Compared without regard to case, width (NFKC), white space, and quotes, Markdown emphasis or a trailing
    full stop around it: `**Not spam.**` is `not spam`. "SPAM because …" and "Label: SPAM" fail: whoever reads
    the label from the answer would have to know that form.
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
                    f"cannot be told from {same} (case and punctuation around a label are ignored)", path
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
        wanted = f"it must be one of {listing(self.labels)}, alone."
        if form and occurring(self.forms, form, budget):
            return failed(self.type, "more_than_label", f"The answer {excerpt(text)} says more than a label; {wanted}")
        return failed(self.type, "not_one_of", f"The answer {excerpt(text)} is none of the labels; {wanted}")


def normalise(text: str) -> str:
    """A label's form for comparing. A label of nothing but marks (`*`, `...`) keeps them."""
    form = " ".join(nfkc(nfkc(text).casefold()).split())
    return form.lstrip(_AROUND).rstrip(_AFTER) or form
