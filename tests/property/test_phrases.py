"""Phrases in texts, and normal forms, agree with their plain definitions, however a text is cut or searched."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_router.domain.validators import phrases
from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.phrases import _Automaton, occurring
from model_router.domain.validators.text import _begins, nfkc

#: Words, unspaced scripts, marks and signs: few of them, so that phrases repeat and overlap.
PIECES = st.sampled_from(
    ["a", "b", "ab", " ", " ", "-", "_", "1", "漢", "ก", "\u0e31", "é", "e\u0301", "\u0903", "가", "\x00"]
)
TEXT = st.lists(PIECES, max_size=40).map("".join)
PHRASES = st.lists(st.lists(PIECES, min_size=1, max_size=6).map("".join), max_size=8)


def occurs(phrase: str, text: str) -> bool:
    """The definition: somewhere, with the edge of a word at either end."""
    places = (at for at in range(len(text)) if text.startswith(phrase, at))
    return any(
        phrases._edge(text[at - 1 : at] if at else "", phrase[0])
        and phrases._edge(phrase[-1], text[at + len(phrase) : at + len(phrase) + 1])
        for at in places
    )


@given(wanted=PHRASES, text=TEXT)
def test_a_phrase_is_found_where_it_occurs_as_whole_words(wanted: list[str], text: str) -> None:
    expected = {phrase for phrase in wanted if occurs(phrase, text)}
    assert occurring(wanted, text) == expected
    assert _Automaton(wanted, text, UNLIMITED).found == expected


def looks_at_the_clock(text: str) -> int:
    """How often a search asks for the time: once for every few pieces of its work."""
    looks = 0

    def left() -> float:
        nonlocal looks
        looks += 1
        return 1.0

    assert occurring(["a"], text, Budget(left)) == set()
    return looks


@pytest.mark.parametrize("word", ["bab", "漢bab", "b" * 500 + "ab"])
def test_occurrences_inside_words_cost_no_more_the_longer_the_text(word: str) -> None:
    """As rare in a long text as in a short one, they are searched for in the same way."""
    rare = word + " c" * 5000
    assert looks_at_the_clock(rare * 4) == looks_at_the_clock(rare * 64) == 1
    often = word + " c" * 50
    assert looks_at_the_clock(often * 400) > 2


@given(pieces=st.lists(PIECES, min_size=90, max_size=120))
def test_the_normal_form_of_pieces_is_that_of_the_whole(pieces: list[str]) -> None:
    text = "".join(pieces) * 12  # a dozen, so that it is cut
    assert nfkc(text) == unicodedata.normalize("NFKC", text)


def test_no_piece_begins_with_what_combines_with_the_text_before() -> None:
    decompositions = (unicodedata.decomposition(chr(point)).split() for point in range(sys.maxunicode + 1))
    composed = {chr(int(parts[1], 16)) for parts in decompositions if len(parts) == 2 and parts[0][0] != "<"}
    composed |= set(map(chr, (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))))  # Hangul, which has no table
    for char in map(chr, range(sys.maxunicode + 1)):
        first = unicodedata.normalize("NFKD", char)[0]
        if first in composed or unicodedata.combining(first):
            assert not _begins(char), hex(ord(char))
