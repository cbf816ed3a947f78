"""`router recommend`: chosen on one half, judged on the other, and written as a set that can be pushed."""

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.support.samples import rule_parameters
from tests.support.spend import wire

from devtools.benchmarks.synthetic_ledger import MODELS, SyntheticLedger
from model_router.domain.ledger.record import LedgerRecord, ValidationCode
from router_cli import rule_sets
from router_cli.main import main


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The default rules less the text model: what is found does not hang on how that is trained."""
    folder = tmp_path / "rules"
    parameters = rule_parameters()
    routing = json.loads(parameters["routing"])
    routing.pop("text_model", None)
    for name, text in {**parameters, "routing": json.dumps(routing)}.items():
        file = folder / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def recommended(log: Path, rules: Path, *more: str) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["recommend", str(log), "--rules", str(rules), "--json", *more])
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout, parse_float=Decimal)
    return told


def written(path: Path, lines: Iterator[Mapping[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return path


def ledger(on_haiku: float, number: int = 6000) -> Iterator[dict[str, Any]]:
    """Reviews, which the rules give to Sonnet; some were answered by Haiku, and passed that often there."""
    pick = random.Random(1)
    for record in SyntheticLedger(2, failures=0, control=0).day(date(2026, 11, 16), number):
        if record.task == "review" and record.arm == "routed" and len(record.attempts) == 1:
            yield {"Item": wire(_answered(record, pick, on_haiku))}


def _answered(record: LedgerRecord, pick: random.Random, on_haiku: float) -> LedgerRecord:
    tier = pick.choice(("haiku", "sonnet"))
    passed = pick.random() < (on_haiku if tier == "haiku" else 0.99)
    attempt = replace(
        record.attempts[0], tier=tier, model=MODELS[tier], validations=(ValidationCode("length", passed, "x"),)
    )
    return replace(record, tier=tier, model=MODELS[tier], attempts=(attempt,))


def labelled(number: int = 1200, *, wrongly: float = 0.0) -> Iterator[dict[str, Any]]:
    """Prompts of 40 templates. Those with `route to queue` are Haiku's, except a share of them."""
    pick = random.Random(3)
    for place in range(number):
        template = place % 40
        easy = template < 20
        text = "route to queue" if easy else "write down what you make of"
        want = "haiku" if easy and pick.random() >= wrongly else "sonnet"
        yield {"prompt": f"Way {template}: {text} item {place}, as ever", "want": want, "source": f"t{template}"}


def test_a_task_that_is_as_good_on_a_cheaper_tier_moves_there(tmp_path: Path, rules: Path) -> None:
    log = written(tmp_path / "log", ledger(on_haiku=0.99, number=9000))
    told = recommended(log, rules, "--out", str(tmp_path / "new"))
    assert told["changes"] == ["change tasks/review"]
    [move] = told["tier_moves"]["moves"]
    assert (move["task"], move["from"], move["to"]) == ("review", "sonnet", "haiku")
    held_out = move["held_out"]
    assert 0 < held_out["saving_usd"] < held_out["cost_usd"]
    assert held_out["pass_rate_change"]["low"] > Decimal("-0.05")
    assert held_out["pass_rate_to"]["low"] < held_out["pass_rate_to"]["value"] <= held_out["pass_rate_to"]["high"]
    assert rule_sets.check(rule_sets.read(tmp_path / "new")).rules.tasks["review"].tier == "haiku"


def test_a_task_that_is_worse_there_stays(tmp_path: Path, rules: Path) -> None:
    told = recommended(written(tmp_path / "log", ledger(on_haiku=0.85)), rules, "--out", str(tmp_path / "new"))
    assert (told["changes"], told["written"]) == ([], None)
    assert not (tmp_path / "new").exists()


def test_what_few_cases_suggest_is_a_trial_and_not_in_the_set(tmp_path: Path, rules: Path) -> None:
    log = written(tmp_path / "log", ledger(on_haiku=0.97, number=4800))
    told = recommended(log, rules)
    assert told["changes"] == []
    [trial] = told["tier_moves"]["trials"]
    assert (trial["task"], "too small" in trial["doubt"]) == ("review", True)


def test_pairs_whose_answers_were_checked_say_as_much_as_a_ledger(tmp_path: Path, rules: Path) -> None:
    pairs = (
        {
            "timestamp": "2026-11-16T12:00:00Z",
            "request": {"max_tokens": 99, "messages": [{"role": "user", "content": f"Review this change: {place}"}]},
            "response": {"model": MODELS[tier], "content": [], "usage": {"input_tokens": 900, "output_tokens": 200}},
            "passed": place % 100 != 0,
        }
        for place in range(900)
        for tier in ("haiku", "sonnet")
    )
    told = recommended(written(tmp_path / "log", pairs), rules)
    assert [(move["task"], move["to"]) for move in told["tier_moves"]["moves"]] == [("review", "haiku")]


def test_a_phrase_that_labels_bear_out_becomes_a_pattern(tmp_path: Path, rules: Path) -> None:
    told = recommended(written(tmp_path / "log", labelled()), rules, "--out", str(tmp_path / "new"))
    assert told["changes"] == ["change tasks/classification"]
    recognition = told["recognition"]
    assert recognition["saving_share"] > Decimal("0.01")
    assert recognition["newly_below"]["value"] == 0
    assert 0 < recognition["newly_below"]["high"] <= Decimal("0.05")
    assert any(
        "queue" in text
        for text in rule_sets.check(rule_sets.read(tmp_path / "new")).rules.tasks["classification"].patterns
    )
    compared = CliRunner().invoke(
        main, ["backtest", "--rules", str(rules), "--rules", str(tmp_path / "new"), str(tmp_path / "log"), "--json"]
    )
    assert json.loads(compared.stdout)["moved"] == 600


def test_a_phrase_that_is_often_wrong_does_not(tmp_path: Path, rules: Path) -> None:
    assert recommended(written(tmp_path / "log", labelled(wrongly=0.2)), rules)["changes"] == []


def test_too_few_labels_tune_nothing(tmp_path: Path, rules: Path) -> None:
    assert recommended(written(tmp_path / "log", labelled(120)), rules)["recognition"] is None


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path, rules: Path) -> None:
    log = written(tmp_path / "log", labelled(10))
    result = CliRunner().invoke(main, ["recommend", str(log), "--rules", str(rules), "--out", str(rules)])
    assert (result.exit_code, "is not empty" in result.output) == (1, True)


def test_the_text_form_says_what_to_do_next(tmp_path: Path, rules: Path) -> None:
    log = written(tmp_path / "log", labelled())
    out = tmp_path / "new"
    result = CliRunner().invoke(main, ["recommend", str(log), "--rules", str(rules), "--out", str(out)])
    assert f"Next: router backtest --rules {rules} --rules {out}" in result.output
    nothing = CliRunner().invoke(main, ["recommend", str(log), "--rules", str(out)])
    assert "No recommendation" in nothing.output
