"""`router recommend`: finds the rule change that saves most within 5 % of quality, and writes it to a folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from model_router.domain import json_codec
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules_parsing import InvalidRules
from model_router.domain.spend.amounts import wilson
from router_cli import rule_sets
from router_cli.call_logs.formats import LABELLED
from router_cli.call_logs.halves import Halves
from router_cli.call_logs.label_search import LEAST_LABELLED, LEAST_SAVING, Judged, LabelSearch
from router_cli.call_logs.reading import read_logs
from router_cli.call_logs.tier_moves import TierMove, apply_moves, find_moves, saved
from router_cli.clean_output import console
from router_cli.log_files import fail_on_unread
from router_cli.progress import bytes_of, progress
from router_cli.rule_diff import show_changes
from router_cli.rule_options import json_option, logs_argument, rules_option, rules_policy
from router_cli.terminal import range_of, usd


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The result. `doubt` says why the change that labels suggest is not in `parameters`; empty if it is."""

    before: Mapping[str, str]
    parameters: Mapping[str, str]
    moves: list[TierMove]
    trials: list[TierMove]
    labels: Judged | None
    doubt: str
    left_out: Mapping[str, int]

    @property
    def changes(self) -> list[rule_sets.Change]:
        return rule_sets.changes(self.before, self.parameters)

    def to_json(self, out: Path | None) -> dict[str, object]:
        cost, saving = saved(self.moves)
        return {
            "changes": [f"{change.kind} {change.name}" for change in self.changes],
            "tier_moves": {
                "held_out_cost_usd": cost,
                "held_out_saving_usd": saving,
                "moves": [move.to_json() for move in self.moves],
                "trials": [move.to_json() for move in self.trials],
            },
            "recognition": None if self.labels is None else {**self.labels.to_json(), "doubt": self.doubt or None},
            "left_out": dict(self.left_out),
            "written": None if out is None else str(out),
        }


@click.command()
@logs_argument
@rules_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the recommended rule set to this folder, which must be new or empty.",
)
@click.option(
    "--most",
    type=click.IntRange(min=100),
    default=20_000,
    show_default=True,
    help="The most labelled prompts to use in each half of the logs.",
)
@json_option
def recommend(logs: tuple[Path, ...], rules: Path, out: Path | None, most: int, as_json: bool) -> None:
    """Recommend the rule change that saves most within 5 % of quality, from LOGS with outcomes or labels.

    Ledger exports, and pairs with `passed`, show how good each task's answers were on each tier. A task moves to the
    cheapest tier within 5 points of the best one. Labelled prompts (`want`) tune recognition: the text model's
    thresholds, and new patterns. Changes are chosen on one half of the logs and evaluated on the other, held-out half.
    Each recommendation shows its held-out saving and risk with 95 % intervals. Changes that the held-out half does not
    confirm are listed as worth a trial and are not written.

    The output folder is a complete rule set for `router backtest --rules OLD --rules FOLDER`,
    `router explain --rules FOLDER` and `router rules push FOLDER --percent 10`. Without a recommendation, no folder is
    written.
    """
    if out is not None and out.exists() and any(out.iterdir()):
        raise click.ClickException(f"{out} is not empty. Nothing was written.")
    policy = rules_policy(rules)
    halves = Halves(policy, most)
    with progress("reading", bytes_of(logs)) as advance:
        for entry in read_logs(logs, advance, LABELLED):
            halves.add(entry)
    found = _recommendation(rule_sets.read(rules), policy, halves)
    written = out if out is not None and found.changes else None
    if written is not None:
        _write(written, found.parameters)
    if as_json:
        click.echo(json_codec.dumps(found.to_json(written)))
    else:
        _print(console(), found, written, str(rules))
    fail_on_unread(halves.skipped.files)


def _recommendation(parameters: Mapping[str, str], policy: Policy, halves: Halves) -> Recommendation:
    before = {name: text for name, text in parameters.items() if name != "manifest"}
    today = datetime.now(UTC).date()
    moves, trials = find_moves(policy, halves.chosen_by.totals, halves.held_out.totals, today)
    moved = _packed(apply_moves(before, moves))
    wanted, judged, doubt = moved, None, ""
    if min(len(halves.chosen_by.labelled), len(halves.held_out.labelled)) >= LEAST_LABELLED:
        tuned, judged = _tuned(moved, halves)
        doubt = _doubt(moved, tuned, judged)
        wanted = moved if doubt else tuned
    return Recommendation(before, wanted, moves, trials, judged, doubt, dict(halves.all_left_out().most_common()))


def _tuned(parameters: dict[str, str], halves: Halves) -> tuple[dict[str, str], Judged]:
    """The set that is best on the one half, and how it does on the other."""
    with progress("trying", LabelSearch.most_steps(), steps=True) as step:
        tuned = _packed(LabelSearch(halves.chosen_by.labelled, rule_sets.check, step).best(parameters))
        judged = LabelSearch(halves.held_out.labelled, rule_sets.check, step).judge(parameters, tuned)
    return tuned, judged


def _doubt(before: Mapping[str, str], tuned: Mapping[str, str], judged: Judged) -> str:
    if not rule_sets.changes(before, tuned):
        return ""
    if judged.saving_usd < LEAST_SAVING * judged.moved.before_usd:
        return f"it saves less than {LEAST_SAVING:.0%} on the held-out half"
    return "" if judged.within else "more than 5 % may fall below the tier that is wanted, on the held-out half"


def _packed(parameters: Mapping[str, str]) -> dict[str, str]:
    return {
        name: json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
        for name, text in parameters.items()
    }


def _write(folder: Path, parameters: Mapping[str, str]) -> None:
    try:
        rule_sets.check(parameters)
    except InvalidRules as error:
        raise click.ClickException(f"The recommended rule set is not valid: {error}") from None
    rule_sets.write(folder, parameters)


def _print(out: Console, found: Recommendation, written: Path | None, rules: str) -> None:
    if not found.changes:
        out.print(f"No recommendation: no change of {rules} was shown to save money within 5 % of quality.")
    else:
        show_changes(found.changes, rules)
    _print_moves(out, found)
    if found.labels is not None:
        _print_labels(out, found.labels, found.doubt)
    else:
        out.print(f"Recognition was not tuned: fewer than {LEAST_LABELLED} labelled prompts (`want`) in a half.")
    for why, count in found.left_out.items():
        out.print(f"{count:,} entries left out: {why}.")
    if written is not None:
        out.print(f"Written: {written}. Next: router backtest --rules {rules} --rules {written} LOGS…", soft_wrap=True)


def _print_moves(out: Console, found: Recommendation) -> None:
    for title, moves in (("Moves", found.moves), ("Worth a trial", found.trials)):
        for move in moves:
            out.print(f"{title}: {move.task} from {move.present} to {move.tier}: {move.why}", soft_wrap=True)
            if move.saving_usd is not None and move.cost_usd is not None:
                out.print(f"  saves {usd(move.saving_usd)} of {usd(move.cost_usd)}, held out")
            then, now = move.then, move.now
            out.print(f"  passes {range_of(then.pass_rate, then.checked)} on {move.present}, held out")
            out.print(f"  passes {range_of(now.pass_rate, now.checked)} on {move.tier}, held out")
            if move.doubt:
                out.print(f"  not in the set: {move.doubt}", soft_wrap=True)


def _print_labels(out: Console, judged: Judged, doubt: str) -> None:
    moved = judged.moved
    risk = range_of(wilson(moved.newly_below, moved.labelled), moved.labelled)
    saves = f"saves {usd(judged.saving_usd)} of {usd(moved.before_usd)}"
    out.print(f"Recognition, held out: {saves}; newly below the wanted tier {risk}", soft_wrap=True)
    if doubt:
        out.print(f"  not in the set: {doubt}", soft_wrap=True)
