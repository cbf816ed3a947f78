"""A few searches count all of a text: the patterns of the estimate, its sentences and its options."""

import re
from math import sumprod

from hypothesis import given
from hypothesis import strategies as st

from model_router.domain.estimate import token_features as features
from model_router.domain.routing.asks import sentences_of
from model_router.domain.routing.text_structure import option_lines_in

#: Characters of each class, those of the pairs of letters, and some beyond ASCII.
SIGNS = "thaiouschenunzxqbAZ09.,-\"'_ \n\tßéДא情ㄱ😀\ud800"
words = st.sampled_from([*"?:.! \n;", "..", ". ", ".\n", "a", "the", "3.5", "c", "-", "1.", "é"])


def of_class(sign: str) -> str:
    """The class of a character, as `token_features` describes them."""
    if sign.isascii():
        return {" ": " ", "\t": "\n", "\n": "\n", '"': '"', "'": '"', "_": "_", "z": "x"}.get(
            sign, "a" if sign.islower() else "A" if sign.isupper() else "0" if sign.isdigit() else "."
        )
    return sign.encode("utf-8", "surrogatepass")[:1].translate(features._CLASSES).decode()


@given(st.text(SIGNS, max_size=200))
def test_an_estimate_is_the_sum_of_the_weights_of_all_patterns(text: str) -> None:
    classes = "".join(map(of_class, text))
    counts = [classes.count("a"), *map(classes.count, {**features.CLASS_WEIGHTS, **features.BORDER_WEIGHTS})]
    counts += [text.count(pair) for pair in features.LETTER_WEIGHTS]
    counts += [0 if text.isascii() else classes.count(pattern) for pattern in features.WIDE_WEIGHTS]
    weights = [features.LOWER_CASE_WEIGHT, *features.CLASS_WEIGHTS.values(), *features.BORDER_WEIGHTS.values()]
    weights += [*features.LETTER_WEIGHTS.values(), *features.WIDE_WEIGHTS.values()]
    raw = text.encode("utf-8", "surrogatepass")
    assert features._weigh(len(text), raw) == sumprod(counts, weights)


@given(st.lists(words, max_size=40).map("".join))
def test_a_sentence_ends_with_its_line_a_sign_or_a_point_before_a_space(text: str) -> None:
    lines = re.sub("[!;]", "\n", re.sub(r"[^\w\s.?:!;]", " ", text))
    parts = re.split(r"\n|(?<!\S)\.\.(?=\s|$)|\.(?=\s|$)", re.sub(r"([?:])", r" \1\n", lines))
    assert sentences_of(text.encode()) == [words for part in parts if (words := part.split()) not in ([], ["?"], [":"])]


@given(st.lists(st.sampled_from(["- one", "1. two", "  a) three", "plain", "-none", "* ", "", "2.5 of"]), max_size=8))
def test_each_line_that_begins_with_a_mark_and_has_a_text_is_an_option(lines: list[str]) -> None:
    options = sum(line in ("- one", "1. two", "  a) three") for line in lines)
    expected = f"option lines {min(options, 4)}" if len(lines) > 2 and options > 1 else ""
    assert option_lines_in("\n".join(lines)) == expected
