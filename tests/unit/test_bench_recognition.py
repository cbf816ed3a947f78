"""The benchmark's references, and what it says where its data is not there."""

from pathlib import Path

import pytest

from devtools.benchmarks import bench_recognition
from devtools.benchmarks.article_rules import article_tier


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
