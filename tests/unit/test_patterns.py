import re
import sys
import unicodedata

import pytest

from model_router.domain.routing import patterns as folding
from model_router.domain.routing.patterns import MAX_PATTERN_CHARS, PatternSet, check, fold


def found(pattern: str, text: str) -> bool:
    return PatternSet([pattern]).found_in(fold(text)) == [0]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("classify", "Classify this"),
        ("classify", "please CLASSIFY: x"),
        ("resume", "Mon Résumé."),
        ("Résumé", "my resume"),
        ("find the root cause", "find\n the\troot   cause!"),
        ("summari*", "Summarising things"),
        ("*fy", "please classify"),
        ("yes or no", "Answer yes or no."),
        ("tag", "a tag-like thing"),
        ("yes/no", "yes/no? 🙂"),
        ("классиф*", "«Классифицируй» это"),
        ("总结", "请总结这篇文章"),
        ("straße", "STRASSE"),
    ],
)
def test_a_pattern_is_found_whatever_case_accents_and_white_space(pattern: str, text: str) -> None:
    assert found(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("tag", "stage"),
        ("tag", "Taggart"),
        ("tag", "tag_name"),
        ("tag", "étag"),
        ("label", "labels"),
        ("find the root cause", "find the root  of the cause"),
        ("yes or no", "yes, or no"),
        ("summari*", "a consummarion"),
    ],
)
def test_a_pattern_is_not_found_inside_another_word_or_across_punctuation(pattern: str, text: str) -> None:
    assert not found(pattern, text)


def test_every_pattern_that_occurs_is_reported_by_its_place() -> None:
    assert PatternSet(["classify", "label", "tag"]).found_in(fold("tag and classify")) == [0, 2]


def test_a_thousand_patterns_compile_into_one_pass() -> None:
    patterns = PatternSet([f"keyword{number} and more" for number in range(1000)])
    assert patterns.found_in(fold("KEYWORD512 and more")) == [512]


def test_no_patterns_match_nothing() -> None:
    assert PatternSet([]).found_in("anything") == []


@pytest.mark.parametrize("pattern", ["", "  ", "*", "** a", "!?", "x" * (MAX_PATTERN_CHARS + 1)])
def test_what_is_no_pattern_is_refused_with_a_reason(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"pattern|letter or digit"):
        check(pattern)


def test_a_lone_surrogate_in_the_text_does_no_harm() -> None:
    assert found("classify", "\ud800 classify \udfff")


def test_a_text_is_folded_sign_by_sign_and_its_lines_stay() -> None:
    assert fold("Ist das “gut”?\nÜberhaupt nicht…") == "ist das |gut|?\nuberhaupt nicht..."
    assert fold("a\u00a0b\u2028c") == "a b c"
    assert [fold(text) for text in ("ÉTÉ", "Straße", "İzmir", "ﬁn", "Ａ")] == ["ete", "strasse", "izmir", "fin", "a"]


def test_every_character_is_folded_without_its_marks_and_its_case() -> None:
    # Beyond these, almost all characters are Chinese or Korean, private or unused.
    for code in (*range(128, 0x3400), *range(0xF900, 0x11000), *range(0x3400, sys.maxunicode, 61)):
        parts = unicodedata.normalize("NFKD", chr(code)).casefold()
        bare = "".join(part for part in parts if not unicodedata.combining(part))
        wanted = re.sub(r"[^\w\s\x00-\x7f]", "|", re.sub(r"\s", " ", bare)).lower()
        assert folding._folded(chr(code)).lower() == wanted


def test_a_text_of_many_characters_does_not_slow_down_later_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[str] = []
    fold_one = folding._folded

    def counted(char: str) -> str:
        computed.append(char)
        return fold_one(char)

    monkeypatch.setattr(folding, "_folded", counted)
    fold("".join(map(chr, range(0x4E00, 0x4E00 + 3 * folding._MOST_KEPT))))
    for text in ("\ufdfa" * 1000, "\u6f22\u5b57" * 1000):
        computed.clear()
        fold(text)
        assert len(computed) <= len(set(text))
        assert len(folding._FOLDED) <= folding._MOST_KEPT
