"""`router apps …`: the programs behind the requests, what each cost, and the rules that name them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from model_router.adapters.packaged import packaged_catalog, packaged_rules
from model_router.domain import json_codec
from model_router.domain.routing.application_rules import ApplicationRule
from model_router.domain.routing.rules import RuleSet
from model_router.domain.routing.rules_parsing import InvalidRules, is_application_id
from model_router.domain.spend.amounts import ZERO, share
from model_router.domain.spend.figures import as_json
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.weekly.applications import ApplicationFigures, ByTier, busiest, most_expensive
from router_cli import rule_sets
from router_cli.app_figures import OneTierDown
from router_cli.clean_output import console
from router_cli.pushing import push_set
from router_cli.rule_options import (
    checked,
    invalid_rules,
    json_option,
    parameters_or_fail,
    path_option,
    stored_rules_options,
    yes_option,
)
from router_cli.spend_days import days_options, output_or_option, period_of, reports_option, table_option, totals_of
from router_cli.stacks import STACK_HELP, place
from router_cli.stored_rules import StoredRules
from router_cli.terminal import listing, percent, print_whole, usd

_PARTS = ("applications", "days", "first_calls")
_OPTIONAL = tuple(name for name in ApplicationRule.model_fields if name != "name")


class _ApplicationId(click.ParamType[str]):
    name = "app_…"

    def convert(self, value: str, param: click.Parameter | None, context: click.Context | None) -> str:
        if not is_application_id(value):
            self.fail("write it as app_ and 16 hexadecimal digits.", param, context)
        return value


@dataclass(frozen=True, slots=True)
class _Spend:
    """The totals of some days, and the rules in force."""

    days: Sequence[date]
    totals: Totals
    rules: RuleSet

    def rule(self, application: str) -> ApplicationRule | None:
        return self.rules.applications.get(application)

    def figures(self, application: str, tiers: ByTier) -> dict[str, Any]:
        """An application's figures as JSON, with its name and the cost one tier lower."""
        rule = self.rule(application)
        lower = OneTierDown(self.totals, self.rules, packaged_catalog(), self.days[-1]).cost(tiers)
        named = {"application": application, "name": rule.name if rule else None}
        return {**named, **self.sums(tiers), "one_tier_down_usd": lower}

    def sums(self, tiers: ByTier) -> dict[str, Any]:
        sums: dict[str, Any] = as_json(ApplicationFigures.of(tiers, self.totals.days.total().cost))
        return sums


@click.group()
def apps() -> None:
    """Show what the applications cost and how good their answers are, and write their rules.

    An application is the program behind requests, recognised by what it always sends: client, system text, tools.
    """


@apps.command(name="list")
@click.option("--stack", help=STACK_HELP)
@path_option
@table_option
@reports_option
@days_options
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many are listed.")
@json_option
def list_apps(
    *,
    stack: str | None,
    path: str | None,
    table: str | None,
    bucket: str | None,
    days: Sequence[date],
    limit: int,
    as_json: bool,
) -> None:
    """List the applications that cost most in a day or a week: requests, spend, tiers, pass rate, escalations.

    `1 tier down` is what all requests would have cost had the routed ones begun one tier lower. As many answers as the
    upper 95 % bound of what failed on the lower tier then escalate to the present one. A dash means that no request can
    begin lower, or that fewer than 50 checked answers on the lower tier say how many would fail.
    """
    spend = _spend(stack, path, table, bucket, days)
    named, rest = most_expensive(spend.totals.applications, limit)
    rows = [spend.figures(name, tiers) for name, tiers in named]
    if as_json:
        period = {"from": days[0].isoformat(), "to": days[-1].isoformat()}
        click.echo(json_codec.dumps({**period, "applications": rows, "others": spend.sums(rest)}))
        return
    if not rows:
        click.echo(f"No applications, {period_of(days)}.")
        return
    click.echo(f"Applications, {period_of(days)}")
    print_whole(console(), _table(rows))
    if len(rest):
        others_sum = rest.total()
        click.echo(f"{others_sum.requests:,} requests of other applications: {usd(others_sum.cost)}.")


@apps.command()
@click.argument("application", type=_ApplicationId())
@click.option("--stack", help=STACK_HELP)
@path_option
@table_option
@reports_option
@days_options
@json_option
def show(
    *,
    application: str,
    stack: str | None,
    path: str | None,
    table: str | None,
    bucket: str | None,
    days: Sequence[date],
    as_json: bool,
) -> None:
    """Show APPLICATION (app_…): its rule, its figures in a day or a week, and those of each tier that it began on.

    The exit code is 1 if it has neither a rule nor a request in that time.
    """
    spend = _spend(stack, path, table, bucket, days)
    tiers, rule = spend.totals.applications.get(application), spend.rule(application)
    if not len(tiers) and rule is None:
        raise click.ClickException(f"No request of {application}, {period_of(days)}, and no rule for it.")
    found = spend.figures(application, tiers)
    if as_json:
        by_tier = {tier: asdict(sums) for tier, sums in busiest(tiers)}
        written = rule.model_dump(exclude_defaults=True) if rule else None
        click.echo(json_codec.dumps({**found, "rule": written, "by_tier": by_tier}))
        return
    written_out = json.dumps(rule.model_dump(exclude_defaults=True), ensure_ascii=False) if rule else "none"
    click.echo(f"{application}, {period_of(days)}")
    click.echo(f"Rule      {written_out}")
    print_whole(console(), _table([found]))
    rows = [
        [tier, f"{one.requests:,}", usd(one.cost), usd(one.baseline_low), percent(share(one.passed, one.checked)),
         percent(share(one.escalated, one.eligible))]
        for tier, one in busiest(tiers)
    ]  # fmt: skip
    columns = ["requests", "spent", "baseline", "passed", "escalated"]
    print_whole(console(), listing(["began on"], columns, rows))


@apps.command(name="set")
@click.argument("application", type=_ApplicationId())
@stored_rules_options
@click.option("--name", help="What reports and `reason` call it. Required for an application without a rule.")
@click.option("--task", help="The task of its requests.")
@click.option("--min-tier", help="The lowest tier of its requests.")
@click.option("--max-tier", help="The highest tier of its requests.")
@click.option("--baseline", help="The tier that its requests went to before the router.")
@click.option(
    "--validators",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='A JSON file with a list of validators, such as [{"type": "json"}].',
)
@click.option("--unset", multiple=True, type=click.Choice(_OPTIONAL), help="Remove a field. May be repeated.")
@click.option("--remove", is_flag=True, help="Remove the whole rule.")
@yes_option
@json_option
def set_rule(
    stored: StoredRules,
    *,
    application: str,
    validators: Path | None,
    unset: Sequence[str],
    remove: bool,
    yes: bool,
    as_json: bool,
    **fields: object,
) -> None:
    """Write the rule of APPLICATION (app_…): what its options name is changed, everything else stays.

    The whole rule set is checked first, then pushed like any other change of the rules.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    if validators is not None:
        given["validators"] = _read_validators(validators)
    if remove and (given or unset):
        raise click.UsageError("--remove removes the whole rule: give no other field with it.")
    if both := given.keys() & {*unset}:
        raise click.UsageError(f"{', '.join(sorted(both))}: either set it or --unset it.")
    before = parameters_or_fail(stored)
    parameter = f"applications/{application}"
    wanted = {name: text for name, text in before.items() if name not in ("manifest", parameter)}
    if not remove:
        rule = _read_rule(parameter, before.get(parameter, "{}")) | given
        kept = {name: value for name, value in rule.items() if name not in unset}
        wanted[parameter] = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    try:
        rule_sets.check(wanted)
    except InvalidRules as error:
        raise invalid_rules("With this change, the set", error, "Nothing was pushed.") from None
    push_set(stored, before, wanted, yes=yes, as_json=as_json)


def _read_rule(parameter: str, text: str) -> dict[str, object]:
    try:
        rule = json.loads(text)
    except ValueError:
        rule = None
    if not isinstance(rule, dict):
        raise click.ClickException(f"{parameter} is not a JSON object. Remove it first, with --remove.")
    return rule


def _read_validators(file: Path) -> object:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise click.ClickException(f"{file} is not JSON: {error}") from None


def _spend(stack: str | None, path: str | None, table: str | None, bucket: str | None, days: Sequence[date]) -> _Spend:
    stored = StoredRules(place(None if path else stack, path, None))
    table = output_or_option(stack, table, "LedgerTableName")
    bucket = output_or_option(stack, bucket, "ReportsBucketName")
    rules = checked(stored.place.path, stored.read() or packaged_rules()).rules
    return _Spend(days, totals_of(table, bucket, days, _PARTS), rules)


def _table(rows: Sequence[dict[str, Any]]) -> Any:
    cells = [
        [row["application"], row["name"] or "–", row["tiers"], f"{row['requests']:,}", usd(row["cost_usd"]),
         percent(row["share_of_cost"]), percent(row["pass_rate"]), percent(row["escalation_rate"]),
         _lower(row["cost_usd"], row["one_tier_down_usd"])]
        for row in rows
    ]  # fmt: skip
    columns = ["requests", "spent", "share", "passed", "escalated", "1 tier down"]
    return listing(["application", "name", "began on"], columns, cells)


def _lower(cost: Decimal, lower: Decimal | None) -> str:
    if lower is None:
        return "–"
    return f"{usd(lower)} ({(lower - cost) / cost:+.0%})" if cost > ZERO else usd(lower)
