"""Orders for harder work anywhere in a system text: a long one may give them between the parts that the model reads."""

from functools import lru_cache
from itertools import islice, pairwise
from typing import Final

import re2

from model_router.domain.requests.user_text import Windows, spoken, texts
from model_router.domain.routing.asks import OUTWEIGHING_ORDERS, harder_order_in, sentences_of
from model_router.domain.routing.lexicon import GROUP_OF, in_other_script, words
from model_router.domain.routing.orders_in_other_scripts import order_in_other_script
from model_router.domain.routing.patterns import fold

#: Characters of a system text that are searched. What is between them is too much for one instruction.
_WINDOWS: Final = Windows(24_000, 8_000)
#: Lines with a word that may be an order, of each of the two parts.
_MOST_LINES: Final = 200
#: Parts whose orders are cached: at most 1.5 MB of English text.
_MOST_CACHED: Final = 64
_WORDS: Final = sorted(word for word, group in GROUP_OF.items() if group in OUTWEIGHING_ORDERS and word.isascii())
#: A line with a word that may be an order, and another word after it: `- translate: …` only names a label.
_LINE: Final = re2.compile(rf"[^\n]*\b(?:{'|'.join(_WORDS)})[*_]*[ \t]+[\pL\d\"'][^\n]*".encode())
#: "Write only the label" is about the form of the answer, and "build or design" names labels.
_NO_OBJECT: Final = words("only just or no nothing")
_FORM: Final = words("label labels category categories class classes intent json object score number digit value")
_FORM_WITHIN: Final = 4
_MODALS: Final = words("must should shall")
_QUOTATION: Final = re2.compile(b'"[^"\n]*"')


def harder_order_of_system(system: object) -> str:
    """The first order of a Messages API body's system text that outweighs an easy one, or an empty text."""
    parts = spoken("\n".join(texts(system)), _WINDOWS)
    return next(filter(None, map(_order_in, parts)), "")


@lru_cache(maxsize=_MOST_CACHED)
def _order_in(part: str) -> str:
    """The first such order of a part. Cached because an application sends the same system text each time."""
    order = _order_in_words(fold(part).encode(errors="replace"))
    return order or (order_in_other_script(part) if in_other_script(part) else "")


def _order_in_words(folded: bytes) -> str:
    for line in islice(_LINE.finditer(folded), _MOST_LINES):
        # "For each ticket, write a reply": a part of a sentence gives an order, too.
        for part in sentences_of(_QUOTATION.sub(b"", line[0]).replace(b", ", b"\n")):
            order = harder_order_in([part]) or _after_modal(part)
            if GROUP_OF.get(order) in OUTWEIGHING_ORDERS and _has_object(part, order):
                return order
    return ""


def _after_modal(part: list[str]) -> str:
    """The harder order of "the assistant must solve the problem", or an empty text."""
    found = (word for modal, word in pairwise(part) if modal in _MODALS and GROUP_OF.get(word) in OUTWEIGHING_ORDERS)
    return next(found, "")


def _has_object(part: list[str], order: str) -> bool:
    after = part[part.index(order) + 1 :]
    return bool(after) and after[0] not in _NO_OBJECT and _FORM.isdisjoint(after[:_FORM_WITHIN])
