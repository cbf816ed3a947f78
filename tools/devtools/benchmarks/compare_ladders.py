"""What the same traffic costs on the article's ladder (`rules/default`) and on the current one (`rules/current`).

    python -m devtools.benchmarks.compare_ladders           print the table
    python -m devtools.benchmarks.compare_ladders --write   put it into README.md

Prices and tokenizers are the catalog's, at its date. The traffic is text: a model with a newer tokenizer counts more
tokens for it. Thinking is not in it: the models of the current ladder think by default, and bill that as output.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.money.pricing import Usage, cost
from model_router.domain.routing.policy import Policy, compile_policy
from model_router.domain.routing.rules_parsing import parse
from router_cli import rule_sets

LADDERS = ("default", "current")
MIX: Mapping[str, int] = {"haiku": 70, "sonnet": 20, "opus": 10}
REQUESTS = 1_000_000
_RULES = Path(__file__).resolve().parents[3] / "rules"
_README = Path(__file__).resolve().parents[3] / "README.md"
_BEGIN = "<!-- The table below is written by `python -m devtools.benchmarks.compare_ladders --write`. -->\n"
_END = "<!-- The end of the table. -->"


@dataclass(frozen=True, slots=True)
class Traffic:
    """One kind of request, in tokens as Haiku 4.5 counts them."""

    words: str
    input_tokens: int
    output_tokens: int


TRAFFIC = (
    Traffic("5,000 tokens in, 2,000 out", 5_000, 2_000),
    Traffic("150,000 in, 2,000 out", 150_000, 2_000),
)


def spent(policy: Policy, traffic: Traffic, mix: Mapping[str, int]) -> Decimal:
    """USD of REQUESTS requests, `mix` of them in percent on each tier."""
    at = datetime.combine(policy.catalog.date, time(), UTC)
    total = Decimal(0)
    for tier, percent in mix.items():
        model = policy.rules.model_of(tier)
        ratio = policy.catalog.tokenizer_ratio(model)
        usage = Usage(int(traffic.input_tokens * ratio), int(traffic.output_tokens * ratio))
        total += cost(policy.catalog, model, usage, at) * REQUESTS * percent / 100
    return total


def table() -> str:
    """The comparison in Markdown."""
    mix = ", ".join(f"{percent} % {tier}" for tier, percent in MIX.items())
    lines = [f"| a million requests | ladder | all on Opus | routed ({mix}) |", "| --- | --- | --- | --- |"]
    for traffic in TRAFFIC:
        for ladder in LADDERS:
            policy = compile_policy(parse(rule_sets.read(_RULES / ladder)), packaged_catalog())
            all_on_opus, routed = spent(policy, traffic, {"opus": 100}), spent(policy, traffic, MIX)
            lines.append(f"| {traffic.words} | `{ladder}` | ${all_on_opus:,.0f} | ${routed:,.0f} |")
    return "\n".join(lines) + "\n"


def document(before: str) -> str:
    """The text of README.md with the table as it is now."""
    head, begin, rest = before.partition(_BEGIN)
    _, end, tail = rest.partition(_END)
    return f"{head}{begin}\n{table()}\n{end}{tail}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write README.md instead of printing")
    if parser.parse_args().write:
        _README.write_text(document(_README.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(table(), end="")


if __name__ == "__main__":
    main()
