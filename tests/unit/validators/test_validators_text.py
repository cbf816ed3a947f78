"""one_of, regex, length, contains and not_contains on answers."""

import time
from typing import Any

import pytest

from model_router.domain.validators import InvalidValidator, build

SPAM = {"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}


def code(spec: dict[str, Any], answer: str) -> str:
    verdict = build(spec).check(answer, "")
    assert verdict.passed == (verdict.code == "ok")
    return verdict.code


@pytest.mark.parametrize(
    "answer",
    [
        "SPAM",
        "spam",
        " SPAM\n",
        '"SPAM"',
        "“spam”",
        "**SPAM**",
        "`SPAM`",
        "SPAM.",
        "*Spam.*",
        "ＳＰＡＭ",
        "NOT_SPAM",
        "_not_spam_",
    ],
)
def test_one_of_ignores_case_width_quotes_emphasis_and_a_full_stop(answer: str) -> None:
    assert code(SPAM, answer) == "ok"


@pytest.mark.parametrize(
    ("answer", "slug"),
    [
        ("", "empty_answer"),
        (" \n", "empty_answer"),
        ("HAM", "not_one_of"),
        ("NOT SPAM?", "more_than_label"),
        ("SPAM because it sells watches", "more_than_label"),
        ("Label: SPAM", "more_than_label"),
        ("SPAMMY", "not_one_of"),
        ("SPAM " * 2_000, "not_one_of"),
    ],
)
def test_one_of_requires_the_label_alone(answer: str, slug: str) -> None:
    assert code(SPAM, answer) == slug


def test_one_of_names_the_labels_and_quotes_the_answer() -> None:
    message = build(SPAM).check("SPAM because it sells watches", "").message
    assert '"SPAM", "NOT_SPAM"' in message
    assert "SPAM because" in message


def test_one_of_accepts_labels_of_several_words_and_of_marks_only() -> None:
    labels = {"type": "one_of", "labels": ["Billing Disputes", "*", "**", "C++"]}
    assert code(labels, "billing \n disputes.") == "ok"
    assert code(labels, "**") == "ok"
    assert code(labels, "c++") == "ok"
    assert code(labels, "+") == "not_one_of"


def test_regex_searches_the_answer_and_full_matches_all_of_it() -> None:
    assert code({"type": "regex", "pattern": r"\d{4}-\d{2}"}, "on 2026-11.") == "ok"
    assert code({"type": "regex", "pattern": r"\d{4}-\d{2}", "full": True}, "on 2026-11.") == "no_match"
    assert code({"type": "regex", "pattern": r"\d{4}-\d{2}", "full": True}, " 2026-11\n") == "ok"
    assert code({"type": "regex", "pattern": "(?i)^yes$"}, "YES") == "ok"
    assert code({"type": "regex", "pattern": "^yes$"}, "no\nyes") == "no_match"


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        ("(?=a)", "look-ahead"),
        ("a(?!b)", "negative look-ahead"),
        ("(?<=a)b", "look-behind"),
        ("(?<!a)b", "negative look-behind"),
        (r"(a)\1", "backreference"),
        ("(?P<x>a)(?P=x)", "backreference"),
        ("(?>a)", "atomic"),
        ("a++", "possessive"),
        (r"a\Z", r"\\z"),
        ("(", "missing \\)"),
        ("a{1001}", "has too many repetitions"),
        (".{0,1000}.{0,1000}", "has too many repetitions"),
        ("a" * 2_001, "at most 2000"),
    ],
)
def test_regex_names_syntax_that_re2_does_not_support(pattern: str, named: str) -> None:
    with pytest.raises(InvalidValidator, match=f"^pattern: .*{named}"):
        build({"type": "regex", "pattern": pattern})


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*a){20}$", "([a-z]+)*[0-9]$", "(x+x+)+y"])
def test_patterns_that_hang_backtracking_engines_end_at_once(pattern: str) -> None:
    validator = build({"type": "regex", "pattern": pattern})
    started = time.process_time()
    validator.check("a" * 100_000 + "!", "")
    validator.check("x" * 100_000, "")
    assert time.process_time() - started < 20


def test_a_pattern_too_large_for_the_answer_is_not_tried() -> None:
    spec = {"type": "regex", "pattern": "(?:(?:[ab]a?){0,100}){0,10}[xc]"}
    assert code(spec, "ab" * 1_000) == "no_match"
    assert code(spec, "ab" * 1_000_000) == "too_much_to_check"


def test_regex_reads_a_lone_surrogate_as_one_unknown_character() -> None:
    assert code({"type": "regex", "pattern": "^a.b$"}, "a\ud800b") == "ok"
    assert code({"type": "regex", "pattern": "^a.b$"}, "a\U0001f600b") == "ok"


@pytest.mark.parametrize(
    ("bounds", "answer", "slug"),
    [
        ({"min": 2}, "a", "too_short"),
        ({"min": 2}, "ab", "ok"),
        ({"min": 1}, "   ", "too_short"),
        ({"max": 2}, " ab\n", "ok"),
        ({"max": 2}, "abc", "too_long"),
        ({"min": 2, "max": 2}, "日本", "ok"),
        ({"max": 1}, "\U0001f600", "ok"),
        ({"max": 0}, "", "ok"),
    ],
)
def test_length_counts_characters_without_outer_white_space(bounds: dict[str, int], answer: str, slug: str) -> None:
    assert code({"type": "length", **bounds}, answer) == slug


@pytest.mark.parametrize(
    ("value", "answer", "there"),
    [
        ("refund", "A REFUND is due.", True),
        ("refund", "refunded", False),
        ("art", "party", False),
        ("art", "party art", True),
        ("30 days", "within 30\n days,", True),
        ("30 days", "130 days", False),
        ("it's", "It’s here", True),
        ("C++", "use C++, or", True),
        ("$5", "costs $5.", True),
        ("$5", "costs $50", False),
        ("退款", "已退款了", True),
        ("환불", "환불을 요청", True),
        ("straße", "STRASSE 5", True),
        ("cafe\u0301", "café", True),
    ],
)
def test_contains_and_not_contains_find_whole_words_in_any_typography(value: str, answer: str, there: bool) -> None:
    assert code({"type": "contains", "values": [value]}, answer) == ("ok" if there else "missing_value")
    assert code({"type": "not_contains", "values": [value]}, answer) == ("forbidden_value" if there else "ok")


def test_contains_requires_all_values_and_names_the_missing_ones() -> None:
    verdict = build({"type": "contains", "values": ["a", "b", "c"]}).check("a c", "")
    assert verdict.code == "missing_value"
    assert '"b"' in verdict.message
    assert '"a"' not in verdict.message


def test_contains_can_respect_case_and_search_inside_words() -> None:
    assert code({"type": "contains", "values": ["US"], "case_sensitive": True}, "join us") == "missing_value"
    assert code({"type": "contains", "values": ["art"], "whole_words": False}, "party") == "ok"


@pytest.mark.parametrize("spec", [{"type": "contains", "values": ["a"]}, {"type": "quotes_source"}, SPAM])
def test_long_runs_of_combining_marks_take_bounded_time(spec: dict[str, Any]) -> None:
    marks = "a" + "\u0315\u0300" * 200_000
    started = time.process_time()
    build(spec).check(f'"{marks}"', marks)
    assert time.process_time() - started < 20
