"""The training command, on prompts written for these tests."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from devtools.text_model.__main__ import main
from devtools.text_model.cross_validation import cross_validated, folds_of
from devtools.text_model.judging import data_set, wilson
from devtools.text_model.labelled import Labelled, examples_of, read_labelled
from devtools.text_model.seeds import seed_prompts
from devtools.text_model.training import MIN_SOURCES, Example, fit
from model_router.domain.routing.text_model import parse_text_model

EASY = [{"source": f"s{n}", "prompt": f"Is order {n} late or on time?", "want": "haiku"} for n in range(6)]
OTHER = [{"source": f"t{n}", "prompt": f"Compose a song about ship {n}.", "want": None} for n in range(6)]
LOG: list[Mapping[str, object]] = [*EASY, *OTHER]


def written(folder: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    path = folder / "log.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path


def example(source: str, features: set[str], *, easy: bool) -> Example:
    return Example(source, frozenset(features), easy, 1.0)


def test_a_feature_of_easy_work_gets_a_positive_weight_and_one_of_other_work_a_negative() -> None:
    examples = [example(f"e{n}", {"w:mood", "w:the"}, easy=True) for n in range(20)]
    examples += [example(f"o{n}", {"w:poem", "w:the"}, easy=False) for n in range(20)]
    weights = fit(examples, "2026-01-01").weights
    assert weights["w:mood"] > 50
    assert weights["w:poem"] < -50
    assert abs(weights.get("w:the", 0)) < 20


def test_a_feature_of_too_few_sources_is_left_out_however_often_it_occurs() -> None:
    examples = [example(f"e{n % (MIN_SOURCES - 1)}", {"w:whim"}, easy=True) for n in range(50)]
    examples += [example(f"o{n}", {"w:poem"}, easy=False) for n in range(50)]
    assert "w:whim" not in fit(examples, "2026-01-01").weights


def test_training_twice_gives_the_same_file(tmp_path: Path) -> None:
    log = written(tmp_path, LOG)
    files = []
    for name in ("one.json", "two.json"):
        out = tmp_path / name
        assert main(["train", str(log), "--out", str(out), "--version", "2026-01-01"]) == 0
        files.append(out.read_bytes())
    assert files[0] == files[1]
    assert parse_text_model(files[0].decode()).version == "2026-01-01"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"no": "prompt"}], "log.jsonl:1: is not a JSON object with a prompt"),
        ([*LOG, {"prompt": 1}], "log.jsonl:13: prompt must be a text"),
        ([{"prompt": "x", "want": None}], "no line has want: haiku"),
    ],
)
def test_a_log_that_cannot_be_learnt_from_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: Sequence[Mapping[str, object]], said: str
) -> None:
    assert main(["train", str(written(tmp_path, rows)), "--out", str(tmp_path / "out.json")]) == 2
    assert said in capsys.readouterr().err


def test_a_log_that_is_not_there_is_said_to_be_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl" in capsys.readouterr().err


def test_what_no_tier_is_claimed_for_counts_less() -> None:
    easy, unclaimed, hard = examples_of(
        [Labelled("a", "", "x", "haiku"), Labelled("b", "", "x", None), Labelled("c", "", "x", "above-haiku")], "haiku"
    )
    assert (easy.easy, unclaimed.easy, hard.easy) == (True, False, False)
    assert easy.weight > hard.weight > unclaimed.weight


def test_no_source_is_split_between_folds_and_every_row_is_judged_once(tmp_path: Path) -> None:
    rows = list(read_labelled([written(tmp_path, [*LOG, *LOG])]))
    of_source: dict[str, set[int]] = {}
    for row, fold in zip(rows, folds_of(rows), strict=True):
        of_source.setdefault(row.source, set()).add(fold)
    assert all(len(folds) == 1 for folds in of_source.values())
    judged = [row for _, held_out in cross_validated(rows[:12], "haiku") for row in held_out]
    assert sorted(row.prompt for row in judged) == sorted(row.prompt for row in rows[:12])


@pytest.mark.parametrize(
    ("source", "name"), [("t0/blue_sea_which_of", "t0/blue_sea"), ("x/law/12", "x/law/12"), ("plain", "plain/")]
)
def test_a_data_set_is_what_its_sources_begin_with(source: str, name: str) -> None:
    assert data_set(Labelled(source, "", "x", None)) == name


def test_the_wilson_interval_is_the_textbooks() -> None:
    low, high = wilson(10, 100)
    assert (round(low, 4), round(high, 4)) == (0.0552, 0.1744)
    assert wilson(0, 0) == (0.0, 1.0)


def test_seeds_are_the_same_on_each_run_and_leave_no_slot_open() -> None:
    seeds = list(seed_prompts())
    assert seeds == list(seed_prompts())
    assert not any("{review}" in prompt or "{ticket}" in prompt for _, prompt, _ in seeds)
    assert {easy for *_, easy in seeds} == {True, False}
