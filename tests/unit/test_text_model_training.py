"""The training command, on prompts written for these tests."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from devtools.text_model import judging
from devtools.text_model.__main__ import main
from devtools.text_model.judging import cross_validated, folds_of, interval, judged_lines
from devtools.text_model.labelled import Labelled, read_labelled, read_seeds
from devtools.text_model.training import MIN_SOURCES, Example, examples_of, fit
from model_router.domain.routing.text_model import parse_text_model

EASY = [{"source": f"s{n}", "prompt": f"Is order {n} late or on time?", "want": "haiku"} for n in range(6)]
OTHER = [{"source": f"t{n}", "prompt": f"Compose a song about ship {n}.", "want": None} for n in range(6)]
LOG: list[Mapping[str, object]] = [*EASY, *OTHER]


@pytest.fixture
def small_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three folds and a tenth of the seeds: how rows are split does not depend on how many there are."""
    monkeypatch.setattr(judging, "FOLDS", 3)
    monkeypatch.setattr(judging, "read_seeds", lambda: read_seeds()[::10])


def written(folder: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    path = folder / "log.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path


def example(source: str, features: set[str], *, easy: bool) -> Example:
    return Example(source, frozenset(features), easy, 1.0)


def labelled(source: str, want: str | None) -> Labelled:
    return Labelled(source, "", want, {"messages": [{"role": "user", "content": "x"}]})


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
        ([{"no": "prompt"}], "log.jsonl:1: is not a JSON object with a prompt or messages"),
        ([*LOG, {"prompt": 1}], "log.jsonl:13: prompt must be a text"),
        ([{"prompt": "x", "want": None}], "no line has want: haiku"),
    ],
)
def test_a_log_that_is_unfit_for_training_is_refused_with_a_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: Sequence[Mapping[str, object]], said: str
) -> None:
    assert main(["train", str(written(tmp_path, rows)), "--out", str(tmp_path / "out.json")]) == 2
    assert said in capsys.readouterr().err


def test_a_log_that_is_not_there_is_said_to_be_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl" in capsys.readouterr().err


def test_what_no_tier_is_claimed_for_counts_less() -> None:
    easy, unclaimed, hard = examples_of(
        [labelled(source, want) for source, want in (("a", "haiku"), ("b", None), ("c", "above-haiku"))], "haiku"
    )
    assert (easy.easy, unclaimed.easy, hard.easy) == (True, False, False)
    assert easy.weight > hard.weight > unclaimed.weight


@pytest.mark.usefixtures("small_folds")
def test_no_source_is_split_between_folds_and_every_row_is_judged_once(tmp_path: Path) -> None:
    rows = list(read_labelled([written(tmp_path, [*LOG, *LOG])]))
    of_source: dict[str, set[int]] = {}
    for row, fold in zip(rows, folds_of(rows), strict=True):
        of_source.setdefault(row.source, set()).add(fold)
    assert all(len(folds) == 1 for folds in of_source.values())
    judged = [row for _, held_out in cross_validated(rows[:12], "haiku") for row in held_out]
    assert sorted(row.prompt for row in judged) == sorted(row.prompt for row in rows[:12])


def test_requests_of_one_source_together_count_less_than_as_many_of_different_ones() -> None:
    crowd = examples_of([labelled("a", "haiku")] * 5 + [labelled("b", "haiku")], "haiku")
    assert crowd[0].weight < crowd[-1].weight


def test_a_log_may_hold_whole_requests(tmp_path: Path) -> None:
    row = {
        "family": "f",
        "template": "t1",
        "want": "haiku",
        "system": "Label it.",
        "messages": [{"role": "user", "content": "x"}],
        "tool_choice": {"type": "any"},
    }
    (read,) = read_labelled([written(tmp_path, [row])])
    assert (read.source, read.family) == ("f/t1", "f")
    assert read.request.body == {key: row[key] for key in ("system", "messages", "tool_choice")}


def test_the_interval_is_by_source_and_wider_where_sources_differ() -> None:
    alike = {f"s{n}": [True, False] * 5 for n in range(20)}
    apart = {f"s{n}": [n % 2 == 0] * 10 for n in range(20)}
    assert interval(alike) == (0.5, 0.5)
    low, high = interval(apart)
    assert low < 0.4
    assert high > 0.6


@pytest.mark.usefixtures("small_folds")
def test_judging_prints_each_family_for_both_ways_of_splitting(tmp_path: Path) -> None:
    rows = list(read_labelled([written(tmp_path, [{**row, "kind": "orders"} for row in LOG])]))
    lines = list(judged_lines(rows, "haiku"))
    assert [line.split(",")[1] for line in lines if "split by" in line] == [" split by template", " split by family"]
    assert sum(line.startswith("  orders") for line in lines) == 4


def test_seeds_are_the_same_on_each_run_and_leave_no_slot_open() -> None:
    seeds = read_seeds()
    assert seeds == read_seeds()
    assert not any("{review}" in seed.prompt or "{ticket}" in seed.prompt for seed in seeds)
    assert {seed.want for seed in seeds} == {"haiku", "sonnet", "above-haiku"}
