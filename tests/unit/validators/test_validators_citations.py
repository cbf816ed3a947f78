"""Citations: the forms that are known, and those that were given."""

from typing import Any

import pytest

from model_router.domain.validators import InvalidValidator, build


def code(answer: str, source: str = "", **options: Any) -> str:
    return build({"type": "citations", **options}).check(answer, source).code


@pytest.mark.parametrize(
    "answer",
    [
        "Water boils at 100 °C [1].",
        "Both say so [2, 3].",
        "As noted.[^4]",
        "Rents rose (Smith, 2020).",
        "Rents rose (van Dijk, 2020).",
        "Rents rose (see Smith & Jones, 2020, p. 3).",
        "Rents rose (Smith et al., 2020; Lee 2019a).",
        "Smith et al. (2020) found that rents rose.",
        "See https://example.org/report.",
        "See [the report](https://example.org/report).",
    ],
)
def test_each_form_of_citation_counts(answer: str) -> None:
    assert code(answer) == "ok"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Water boils at 100 °C.",
        "It rose (in 2020).",
        "It rose (May 2020).",
        "items[0]",
        "(more or less, all of them)",
        "[link](#top)",
    ],
)
def test_other_text_is_no_citation(answer: str) -> None:
    assert code(answer, styles=["author_year", "url"]) == "too_few_citations"


def test_each_source_is_counted_once() -> None:
    assert code("[1] [1] [1]", min=2) == "too_few_citations"
    assert code("[1-3]", min=3) == "ok"
    assert code("no sources", min=0) == "ok"


def test_only_the_requested_styles_count() -> None:
    assert code("as shown [1]", styles=["url"]) == "too_few_citations"


def test_a_source_that_is_not_allowed_fails() -> None:
    allowed = ["1", "[2]", "(Smith, 2020)", "https://Example.org/a/"]
    assert code("[1], [2], Smith (2020), https://example.org/a.", allowed=allowed) == "ok"
    assert code("[1] and [3]", allowed=allowed) == "unknown_source"
    assert code("(Smith, 2021)", allowed=allowed) == "unknown_source"
    assert code("https://example.org/b", allowed=allowed) == "unknown_source"


def test_from_source_requires_urls_of_the_source() -> None:
    source = "Sources: https://example.org/a (2020) and <https://example.org/b?c=d#e>."
    assert code("Per https://example.org/a and https://example.org/b?c=d.", source, from_source=True) == "ok"
    assert code("Per https://example.org/made-up", source, from_source=True) == "unknown_source"


def test_an_allowed_source_that_is_no_citation_is_refused() -> None:
    with pytest.raises(InvalidValidator, match=r"allowed\[1\]: is no citation"):
        build({"type": "citations", "allowed": ["1", "the report"]})
