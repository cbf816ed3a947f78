"""The benchmark's references, and what it says where its data is not there."""

from pathlib import Path

import pytest

from devtools.benchmarks import bench_recognition
from devtools.benchmarks.article_rules import article_tier
from devtools.benchmarks.recognition_table import table_lines
from devtools.text_model.labelled import Labelled


@pytest.mark.parametrize(
    ("prompt", "tier"),
    [
        ("Please classify this and explain", "haiku"),
        ("What happens at this stage?", "haiku"),
        ("classify " + "word " * 2_500, "sonnet"),
        ("Architectural styles: which category?", "opus"),
        ("Good morning", "sonnet"),
    ],
)
def test_the_articles_rules_are_as_it_prints_them_substrings_included(prompt: str, tier: str) -> None:
    assert article_tier(prompt) == tier


def test_a_log_that_was_asked_for_and_is_not_there_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench_recognition.main([str(tmp_path / "none.jsonl")]) == 2
    assert "not there: give the path of a labelled log" in capsys.readouterr().err


def test_among_all_benchmarks_it_is_left_out_where_its_usual_log_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert bench_recognition.main([]) == 0
    assert "not there" in capsys.readouterr().err


def test_without_the_peers_environment_they_are_left_out_with_a_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench_recognition._peers([], tmp_path / "python") == {}
    assert "so LiteLLM and cascadeflow are left out: make .venv-peers/.installed" in capsys.readouterr().err


def wanted(family: str, want: str, number: int) -> list[Labelled]:
    return [Labelled(f"{family}{place}", family, want, {"messages": []}) for place in range(number)]


MIX = [*wanted("a-system", "haiku", 10), *wanted("h-bare", "sonnet", 4), *wanted("h-bare", "above-haiku", 5)]


@pytest.mark.parametrize(
    ("tiers", "usd"),
    [
        # A million requests cost 15,000 USD on Haiku, 45,000 on Sonnet and 75,000 on Opus.
        (["haiku"] * 10 + ["sonnet"] * 9, 0.7 * 15_000 + 0.2 * 45_000 + 0.1 * 75_000),
        # One easy request in ten is answered by Sonnet; one of four and one of five others are answered twice.
        (["haiku"] * 9 + ["sonnet"] + ["haiku"] + ["sonnet"] * 3 + ["haiku"] + ["opus"] * 4, 12_600 + 9_750 + 7_800),
        (["sonnet"] * 19, 48_000),
    ],
)
def test_the_bill_of_the_articles_mix_is_that_by_hand(tiers: list[str], usd: float) -> None:
    _, line = bench_recognition._bills(MIX, {"one": bench_recognition.Result(tiers, [])})
    assert line.replace("$", " ").split() == ["one", f"{usd:,.0f}"]


def test_the_table_has_a_line_for_each_kind_of_request_and_a_column_for_each_router() -> None:
    low = ["haiku"] * 8 + ["sonnet"] * 6 + ["haiku"] + ["opus"] * 4
    lines = list(table_lines(MIX, {"ours": low, "keywords": ["haiku"] * 19}))
    assert lines[0] == "| requests | n | wanted | ours | keywords |"
    assert [line.split(" (")[0] for line in lines[2:]] == [
        "| instruction in the system text | 10 | Haiku | 80.0 %",
        "| **production shapes, all easy work** | 10 | Haiku | 80.0 %",
        "| **summaries, drafts, translations, explanations** | 4 | Sonnet | 0.0 %",
        "| **hard work** | 5 | above Haiku | 20.0 %",
        "| of which bare prompts | 5 | above Haiku | 20.0 %",
    ]
    assert all(line.endswith(") | 100.0 % |") for line in lines[2:])
