"""The features that a text model reads: the request's words, the structure of the text, and the form of the answer.

If the system text gives an order ("You are a ticket classifier …"), the words are its words. The user's turn is then
data: only its structure counts. Otherwise they come from the user's request (`asks`) and a general system text.

A model's weights are keyed by feature names: `w:sentiment` a word, `g:LABEL` its group (`lexicon`),
`b:is TEXT` two neighbours, `s:…` the structure of the request, `i:…` and `d:…` of an instruction and its data, `f:…`
the form of the answer (`answer_form`), `p:…` the place of the instruction.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, NamedTuple

from model_router.domain.requests.user_text import Windows, spoken, texts
from model_router.domain.routing.answer_form import examples_in, free_fields_of_form, words_of_form
from model_router.domain.routing.asks import (
    HARDER_ORDERS,
    asking_words,
    choices_in,
    harder_order_in,
    open_question_in,
    sentences_of,
    words_of,
)
from model_router.domain.routing.lexicon import GROUP_OF, groups_of_parts, in_other_script, words
from model_router.domain.routing.offered_answers import (
    offers_capitals,
    offers_labels,
    written_field_in,
    written_field_of,
)
from model_router.domain.routing.patterns import fold
from model_router.domain.routing.system_orders import harder_order_of_system
from model_router.domain.routing.text_structure import add_structure, groups_in, hard_words_in, option_lines_in

#: How much of either end of a user's text is looked at, in characters.
REACH: Final = 200
_SYSTEM_WINDOWS: Final = Windows(400, 300)
_MOST_SYSTEM_WORDS: Final = 140
#: System texts whose shapes are cached. The text of one is at most about 1,100 characters.
_MOST_SYSTEM_SHAPES: Final = 256
_COMMANDS: Final = words(
    """BUILD CLASSIFIER CODE CONVERT DEPTH EXPLAIN EXTRACT GIST HANDOVER LABEL MAKER MATHS PICK PRODUCE PUZZLE
    RATING SAME SHORTEN SOLVE TRANSLATE"""
)
#: "Hi there," before the text asks for nothing.
_GREETING: Final = re.compile(
    r"\s{0,20}(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|hallo|guten (?:tag|morgen)|liebe[rs]?|bonjour"
    r"|hola|ol[aá]|ciao)\b[^\n.:?]{0,30}\n\s{0,20}",
    re.IGNORECASE,
)
#: "Thanks, Maria" at the end asks for nothing: after the words come signs only, or a comma or line break and a name.
_SIGN_OFF: Final = re.compile(
    r"\n\s*(?:many thanks|thanks|thank you|cheers|(?:kind |best |warm )?regards|best|sincerely|yours|merci|gracias"
    r"|(?:viele|beste|liebe) gr[uü](?:ss|ß)e|danke|grazie|obrigad[oa])\b(?: (?:in advance|so much|a lot|again))?"
    r"[ \t]*[.!]*(?:[,\n]\s*(?P<name>[^\W\d_][\w.'’-]{0,20}(?: [^\W\d_][\w.'’-]{0,20}){0,2}))?[\s,.!]*$",
    re.IGNORECASE,
)
_SIGN_OFF_CHARS: Final = 120
#: A longer quotation is a document.
_DOCUMENT_CHARS: Final = 60
_SEARCHED_CHARS: Final = 4_000
_SENTENCE_END: Final = re.compile(r"(?<=[。！？!?।؟])|(?<=\.)(?=\D)|\n")
_LENGTH_EDGES: Final = (320, 1280)
_LENGTHS: Final = [f"s:length {step}" for step in range(len(_LENGTH_EDGES) + 1)]


class Shape(NamedTuple):
    """A request as a text model sees it.

    `words` are those of the request, between the marks `^` and `$`; `groups` the same with words replaced by their
    groups; `structure` the names of everything else.
    """

    words: list[str]
    groups: list[str]
    structure: set[str]
    #: Whether the system text says what is wanted, and the user's turn is data.
    is_instructed: bool = False
    #: The first order of the text that asks for harder work.
    harder_order: str = ""

    def features(self) -> set[str]:
        """The names of all features."""
        found = set(self.structure)
        found.update(f"w:{word}" for word in self.words if word not in ("^", "$"))
        found.update(f"g:{group}" for group in self.groups if group.isupper())
        found.update(f"b:{one} {two}" for one, two in pairwise(self.groups) if one != "$")
        return found


class Turn(NamedTuple):
    """What a user's turn says outside of quotations: head and tail as they are, and folded."""

    text: str
    spoken: list[str]
    folded: list[str]

    @classmethod
    def of(cls, text: str, windows: Windows) -> "Turn":
        greeting = _GREETING.match(text)
        if greeting and not _holds_order(greeting[0]):
            text = text[greeting.end() :] or text
        sign_off = _SIGN_OFF.search(text, max(0, len(text) - _SIGN_OFF_CHARS))
        if sign_off and not (sign_off["name"] and _holds_order(sign_off["name"])):
            text = text[: sign_off.start()]
        parts = spoken(text, windows)
        return cls(text, parts, [fold(part) for part in parts])


class SystemShape(NamedTuple):
    """A system text as a text model sees it. `commands`: it says what is wanted, and not only how to behave."""

    words: list[str]
    groups: list[str]
    structure: set[str]
    commands: bool
    #: The heaviest order of the whole system text that outweighs an easy one.
    harder_order: str = ""


NO_SHAPE: Final = Shape([], [], set())
NO_SYSTEM: Final = SystemShape([], [], set(), commands=False)


def system_shape(body: Mapping[str, Any]) -> SystemShape:
    """The shape of a Messages API body's system text, and of the names in the form of its answer."""
    if not (body.get("system") or body.get("tools") or body.get("output_config")):
        return NO_SYSTEM
    parts = list(_system_parts(body.get("system")))
    if form := words_of_form(body):
        parts.append(form)
    if not parts:
        return NO_SYSTEM
    shape = _shape_of_instruction("\n".join(parts))
    harder = written_field_in(free_fields_of_form(body))
    if shape.commands and not harder:
        harder = harder_order_of_system(body.get("system"))
    return shape._replace(harder_order=harder) if harder else shape


@lru_cache(maxsize=_MOST_SYSTEM_SHAPES)
def _shape_of_instruction(text: str) -> SystemShape:
    """The shape of what is left of a system text. Cached because an application sends the same one each time."""
    folded = fold(text)
    sentences = sentences_of(folded.encode(errors="surrogatepass"))
    words = words_of(sentences)[:_MOST_SYSTEM_WORDS]
    groups = [GROUP_OF.get(word, word) for word in words]
    _add_other_script(text, groups)
    commands = not _COMMANDS.isdisjoint(groups)
    structure = {hard_words_in("i:", groups_in(sentences)), f"p:system {'commands' if commands else 'is general'}"}
    if options := option_lines_in(folded):
        structure.add(f"i:{options}")
    if offers_labels(text) or offers_capitals(text):
        structure.add("i:offers labels")
    return SystemShape(words, groups, structure, commands)


def _system_parts(system: object) -> Sequence[str]:
    """The head of the first block and the tail of the last one, without quotations."""
    blocks = [text for text in texts(system) if text]
    if len(blocks) < 2:
        return spoken(blocks[0], _SYSTEM_WINDOWS) if blocks else ()
    return spoken(blocks[0], _SYSTEM_WINDOWS)[0], spoken(blocks[-1], _SYSTEM_WINDOWS)[-1]


def shape_of(turn: Turn, system: SystemShape, form: frozenset[str]) -> Shape:
    """The shape of a user's turn under a system text; `form` is the answer's (`answer_form.form_of`)."""
    length = sum(map(len, turn.folded))
    text = _ends(turn.folded, length)
    raw = text.encode(errors="surrogatepass")
    sentences = sentences_of(raw)
    structure = {*form, *system.structure}
    if examples := examples_in(turn.text):
        structure.add(examples)
    known = groups_in(sentences)
    add_structure(structure, "d:" if system.commands else "s:", text, raw, known)
    if system.commands:
        if text.endswith("?"):
            structure.add("d:question")
        return Shape(system.words, system.groups, structure, is_instructed=True, harder_order=system.harder_order)
    _add_offers(structure, turn, length)
    structure.add(_LENGTHS[bisect_left(_LENGTH_EDGES, length)])
    words = asking_words(sentences, structure)
    groups = [GROUP_OF.get(word, word) for word in words]
    if "or" in words:
        structure.update(choices_in(words))
    if in_other_script(text):
        structure.add("s:other script")
        _add_other_script(_asking_ends(_ends(turn.spoken, length)), groups)
    # Behind examples comes data, which may give any order.
    ordering = sentences[:1] if examples and examples != "s:examples long" else sentences
    harder = "" if HARDER_ORDERS.isdisjoint(known) else harder_order_in(ordering)
    if not harder:
        harder = (open_question_in(words) if "how" in words else "") or system.harder_order or written_field_of(text)
    return Shape([*system.words, *words], [*system.groups, *groups], structure, harder_order=harder)


def _add_offers(structure: set[str], turn: Turn, length: int) -> None:
    if offers_labels(_ends(turn.spoken, length)):
        structure.add("s:offers labels")
    if "></" in turn.text[-_SEARCHED_CHARS:]:
        structure.add("s:answer tag")
    if _hides_a_document(turn):
        structure.add("s:code block" if "```" in turn.text[:_SEARCHED_CHARS] else "s:document")


def _hides_a_document(turn: Turn) -> bool:
    return min(len(turn.text), _SEARCHED_CHARS) > sum(map(len, turn.spoken)) + _DOCUMENT_CHARS


def _holds_order(text: str) -> bool:
    return not _COMMANDS.isdisjoint(map(GROUP_OF.get, fold(text).split()))


def _ends(parts: Sequence[str], length: int) -> str:
    if length <= 2 * REACH:
        return "\n".join(parts).strip()
    return f"{parts[0][:REACH].lstrip()}\n{parts[-1][-REACH:].rstrip()}"


def _add_other_script(text: str, groups: list[str]) -> None:
    if not text.isascii() and (found := groups_of_parts(text)):
        groups += ["^", *found, "$"]


def _asking_ends(text: str) -> str:
    """The first sentence, the last two, and questions between."""
    parts = [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]
    questions = [part for part in parts[1:-2] if part[-1] in "?？؟"]
    return "\n".join(parts if len(parts) < 4 else [parts[0], *questions[-2:], *parts[-2:]])
