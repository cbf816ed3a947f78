"""The parts of a text that may say what is wanted, word by word.

A prompt is mostly content. What is wanted is in the first line, the last lines, the questions and the lines that end
with a colon: only their words count. A system text is instruction throughout.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, count, pairwise
from typing import Final

from model_router.domain.routing.lexicon import GROUP_OF, words

#: The groups of orders that no label, field or conversion answers.
HARDER_ORDERS: Final = frozenset(("BUILD", "EXPLAIN", "PRODUCE", "SHORTEN", "SOLVE", "TRANSLATE"))
#: Those that take out an easier order given with them. "Classify and explain" stays easy.
OUTWEIGHING_ORDERS: Final = HARDER_ORDERS - {"EXPLAIN"}

_ORDERS: Final = words("ANSWER CLASSIFIER CONVERT DEPTH EXTRACT GIVE HANDOVER PICK RATING") | HARDER_ORDERS
_MAX_PARTS: Final = 6
_MAX_WORDS: Final = 32
#: `Title:` and `Review text:` are fields; longer ones ask for something.
_FIELD_WORDS: Final = 4
_SHORT_END: Final = 4
_SIGNS: Final = frozenset(("?", ":"))
_ARTICLES: Final = frozenset(("a", "an", "not"))
_SIDES: Final = frozenset(("JUDGEMENT", "SAME", "NOT", "LABEL", "QUANTITY", "NUMBER"))
_COURTESIES: Final = words(
    """please can could would will you kindly now then just i want to like need help me us first also and next
    finally ok okay lets let must your task job is thanks thank merci danke
    gracias grazie obrigado obrigada second third should hi hello hey so yes 1 2 3 4 5 6 7 8 9"""
)
#: Courtesies before another courtesy or a pronoun: "great, now fix it", but not "great design".
_REACTIONS: Final = words(
    "great perfect best right good nice cool excellent awesome wonderful alright sure fine well correct"
)
_PRONOUNS: Final = words("it this that these those them the")
_MOST_COURTESIES: Final = 8
_SUBJECTS: Final = words("i we he she they it my our his her their the a an there")
_WISHES: Final = words("want need would d like will ll can could am m have ve")
_WRITTEN_WITHIN: Final = 3
_NO_TEXT: Final = words("none null nothing only one yes no true false")
_THE: Final = words("the its their all every each that")
_GIVEN: Final = frozenset(("LABEL", "EXTRACT", "RATING", "YESNO", "CLASSIFIER"))
_LINKS: Final = words("and then y luego e ed poi et puis und dann")
#: Between a link and an order: "and then also fix it".
_LINKED_COURTESIES: Final = words("also then please now finally to")
_OPENS_A_QUESTION: Final = words("to would should could can do")
#: By byte: what is beyond ASCII belongs to words, and `!` and `;` end a sentence as the end of a line does.
_PUNCTUATION_TO_SPACES: Final = bytes(
    ord("\n") if chr(sign) in "!;\n" else sign if sign > 127 or chr(sign).isalnum() or chr(sign) in "?:._" else ord(" ")
    for sign in range(256)
)
#: Two ends, and no word: where there are more points, all but the last are one.
_TWO_POINTS: Final = re.compile(r"(?<!\S)\.\.(?=\s)")


def sentences_of(raw: bytes) -> list[list[str]]:
    """Sentences, lines and labelled fields, each as its words; a question ends with `?`, a field with `:`.

    `raw` is the text's UTF-8 form. A point ends a sentence only before white space: `3.5` is a word.
    """
    # With a space before each line break, one search finds all points that end a sentence.
    lines = raw.translate(_PUNCTUATION_TO_SPACES).replace(b"\n", b" \n")
    marked = lines.replace(b"?", b" ?\n").replace(b":", b" :\n")
    bare = f"{marked.decode(errors='surrogatepass')} "
    if ".." in bare:
        bare = _TWO_POINTS.sub("\n", bare)
    parts = map(str.split, bare.replace(". ", "\n").split("\n"))
    return [words for words in parts if words and words[0] not in _SIGNS]


def words_of(sentences: Iterable[Sequence[str]]) -> list[str]:
    """Their words, each sentence between the marks `^` and `$`, which are never words."""
    found: list[str] = []
    for sentence in sentences:
        found += ("^", *sentence, "$")
    return found


def asking_words(sentences: Sequence[Sequence[str]], structure: set[str]) -> list[str]:
    """The words of the sentences that ask for something; their structure is added to `structure`."""
    parts = _asking(sentences, structure)
    if len(parts) > _MAX_PARTS:
        parts = [*parts[:2], *parts[2 - _MAX_PARTS :]]
    # A long one asks at its end: `… 300 words of content, is this good or bad?`
    return words_of([part[-_MAX_WORDS:] for part in parts])


def choices_in(words: Sequence[str]) -> list[str]:
    """What is on the two sides of each `or`: `s:or JUDGEMENT JUDGEMENT` of "is it good or bad"."""
    places = compress(count(), map("or".__eq__, words))
    return [_choice(words[place - 1], words[place + 1 : place + 3]) for place in places]


def order_of(words: Sequence[str]) -> str:
    """The first word of a sentence, courtesies aside: "classify" of "could you please classify this"."""
    for place, word in enumerate(words[:_MOST_COURTESIES]):
        if word in _COURTESIES:
            continue
        if word in _REACTIONS and _orders_after(words[place + 1 : place + 3]):
            continue
        return word
    return ""


def _orders_after(words: Sequence[str]) -> bool:
    """Whether an order comes after a reaction: "great, now …" and "great, fix it"."""
    return bool(words) and (words[0] in _COURTESIES or (words[-1] in _PRONOUNS and _is_harder(words[0])))


def orders_in(sentence: Sequence[str]) -> list[str]:
    """The words that can be orders: the first one, and those linked to another word by "and" or "then"."""
    linked = (
        ()
        if _LINKS.isdisjoint(sentence) or _is_statement(sentence)
        else [after for link, after in pairwise(sentence) if link in _LINKS]
    )
    return [order_of(sentence), *linked]


def _is_statement(words: Sequence[str]) -> bool:
    """Whether a sentence tells something: "I moved and explain this", but not "I want to see and sort them"."""
    return words[0] in _SUBJECTS and not (len(words) > 1 and words[1] in _WISHES)


def harder_order_in(sentences: Iterable[Sequence[str]]) -> str:
    """The heaviest order for work above the cheapest tier's, or an empty text: the first that outweighs an easy one."""
    orders = list(harder_orders_in(sentences))
    return next((order for order in orders if GROUP_OF[order] in OUTWEIGHING_ORDERS), orders[0] if orders else "")


def open_question_in(words: Sequence[str]) -> str:
    """The beginning of a question that no label answers and that is linked to another order, or an empty text: "how to"
    of "detect the leak and show how to close it"."""
    for place, word in enumerate(words[:-1]):
        if (
            word == "how"
            and words[place + 1] in _OPENS_A_QUESTION
            and not _LINKS.isdisjoint(words[max(0, place - 3) : place])
        ):
            return f"how {words[place + 1]}"
    return ""


def harder_orders_in(sentences: Iterable[Sequence[str]]) -> Iterator[str]:
    """All orders for work above the cheapest tier's.

    "Detect and fix the deadlock" orders two things; "the parcel came and stayed shut" orders nothing.
    """
    for sentence in sentences:
        order = order_of(sentence)
        if _is_harder(order) and not (order == "write" and _writes_a_label(sentence)):
            yield order
        if GROUP_OF.get(order) in _ORDERS and not _LINKS.isdisjoint(sentence):
            yield from filter(_is_harder, _linked_in(sentence))


def _writes_a_label(words: Sequence[str]) -> bool:
    """Whether "write" gives the form of an answer: "write the queue", "write one word", "write none if …"."""
    after = words[words.index("write") + 1 :][:_WRITTEN_WITHIN]
    return bool(after) and (
        after[0] in _NO_TEXT or (after[0] in _THE and any(GROUP_OF.get(word) in _GIVEN for word in after))
    )


def _linked_in(words: Sequence[str]) -> Iterator[str]:
    """The words after "and" or "then", courtesies aside."""
    for place, word in enumerate(words):
        if place and word in _LINKS:
            yield next((after for after in words[place + 1 : place + 4] if after not in _LINKED_COURTESIES), "")


def _is_harder(word: str) -> bool:
    return GROUP_OF.get(word) in HARDER_ORDERS


def _asking(sentences: Sequence[Sequence[str]], structure: set[str]) -> list[Sequence[str]]:
    """The sentences that ask for something, without their signs."""
    last = len(sentences) - 1
    # A short end ("thanks!") is looked at together with what comes before it.
    end_from = last - 1 if sentences and _is_short(sentences[last]) else last
    chosen = []
    fields = 0
    for place, sentence in enumerate(sentences):
        sign = sentence[-1]
        if sign == "?":
            structure.update(_question(place, last, sentence))
            chosen.append(sentence[:-1])
        elif sign == ":":
            fields += len(sentence) <= _FIELD_WORDS
            if place == 0 or place >= end_from or len(sentence) > 2:
                chosen.append(sentence[:-1])
        elif place == 0 or place >= end_from:
            chosen.append(sentence)
    if fields:
        structure.add(f"s:fields {min(fields, 3)}")
    return chosen


def _is_short(sentence: Sequence[str]) -> bool:
    return len(sentence) - (sentence[-1] in _SIGNS) < _SHORT_END


def _question(place: int, last: int, sentence: Sequence[str]) -> list[str]:
    found = ["s:question"]
    if place == last:
        found.append("s:ends with a question")
    if place == 0:
        found.append("s:begins with a question")
    if GROUP_OF.get(sentence[0]) == "AUXILIARY":
        found.append("s:yes or no question")
    return found


def _choice(before: str, after: Sequence[str]) -> str:
    sides = (before, after[-1] if after[0] in _ARTICLES and after[-1] != "$" else after[0])
    groups = [GROUP_OF.get(side, "x") for side in sides]
    return "s:or " + " ".join([group if group in _SIDES else "x" for group in groups])
