"""Ids that are made from a text with the stack's key."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_router.domain.keyed_ids import ids_key, keyed_id

KEY = ids_key("a stack")
PARTS = st.lists(st.text(st.characters(exclude_categories=[]), max_size=8), max_size=4)


@given(PARTS, PARTS)
def test_ids_are_equal_exactly_where_the_parts_are(one: list[str], other: list[str]) -> None:
    assert (keyed_id("app", KEY, *one) == keyed_id("app", KEY, *other)) == (one == other)


@given(st.text(st.sampled_from("a:1"), max_size=8), st.integers(0, 8))
def test_the_place_where_a_text_is_divided_counts(text: str, place: int) -> None:
    divided = [text[:place], text[place:]]
    assert (keyed_id("app", KEY, *divided) == keyed_id("app", KEY, text, "")) == (divided == [text, ""])


def test_an_id_has_its_prefix_and_sixteen_hex_digits() -> None:
    assert re.fullmatch(r"ses_[0-9a-f]{16}", keyed_id("ses", KEY, "a", "b"))


@pytest.mark.parametrize(("prefix", "key"), [("ses", KEY), ("app", ids_key("another stack")), ("app", b"")])
def test_another_prefix_or_key_gives_an_unrelated_id(prefix: str, key: bytes) -> None:
    assert keyed_id(prefix, key, "a")[4:] != keyed_id("app", KEY, "a")[4:]


def test_without_a_setting_there_is_no_key() -> None:
    assert ids_key("") == b""
    assert len(ids_key("x" * 1000)) == 32
