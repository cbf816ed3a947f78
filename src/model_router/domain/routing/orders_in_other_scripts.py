"""Orders for harder work in Arabic, Chinese, Hindi, Japanese, Korean and Russian, found as parts of the text."""

import re
from itertools import islice
from typing import Final

from model_router.domain.routing.asks import OUTWEIGHING_ORDERS
from model_router.domain.routing.lexicon import parts_in, words

_MOST_SENTENCES: Final = 400
_SENTENCE: Final = re.compile(r"[^。！？；．.!?;؟؛।\n]{2,300}")
_CLAUSE: Final = re.compile("[，,،]")
#: What makes a sentence an order besides a verb at its beginning: "please", "then", polite and imperative endings.
_ORDERED: Final = re.compile(
    "请|請|然后|然後|接着|最后|并|再"
    "|ください|下さい|なさい|すること|します|する$"
    "|세요|십시오|하라|해라|합니다|한다"
    "|करें|कीजिए|कीजिये|करो|दें|दीजिए|लिखिए|लिखें|बनाइए|बनाएँ"
    "|ثم |وبعدها |رجاء|يرجى"
    "|затем |потом |также |после этого "
)
_RUSSIAN: Final = re.compile("[а-яё]+")
_RUSSIAN_IMPERATIVE: Final = re.compile("(?:[иьй]|ите|ьте|йте)$")
_NEGATED: Final = re.compile(
    "不要|请勿|切勿|勿|别|无需|無需|しない|せず|なくて|지 마|지 말|मत |न करें|न दें|لا ت|بدون|не |без "
)
_STEP: Final = re.compile(r"^\s*(?:\d+[.)]?)?\s*")
#: "Write only the label" is about the form of the answer, and a sentence about labels names them.
_ABOUT_THE_ANSWER: Final = words("ONLY FORM LABEL CLASSIFIER")


def order_in_other_script(text: str) -> str:
    """The first word of a text that orders harder work, such as "переведи", or an empty text."""
    for sentence in islice(_SENTENCE.finditer(text.lower()), _MOST_SENTENCES):
        clauses = _CLAUSE.split(_STEP.sub("", sentence[0]))
        for number, clause in enumerate(clauses):
            if not clause.isascii() and (order := _order_in(clause, may_begin=not number)):
                return order
    return ""


def _order_in(clause: str, *, may_begin: bool) -> str:
    """`may_begin`: a verb at the beginning is an order. In a later clause it may be an item of a list."""
    parts = parts_in(clause)
    if not _ABOUT_THE_ANSWER.isdisjoint([group for _, _, group in parts]) or _NEGATED.search(clause):
        return ""
    for place, part, group in parts:
        word = _RUSSIAN.match(clause, place)
        is_verb = word is None or _RUSSIAN_IMPERATIVE.search(word[0])
        # A verb without an object is a heading, or a label.
        has_object = len(clause.rstrip()) > place + len(part)
        if group in OUTWEIGHING_ORDERS and is_verb and has_object:
            return part if (may_begin and place == 0) or _ORDERED.search(clause) else ""
    return ""
