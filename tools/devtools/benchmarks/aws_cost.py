"""The stack's own AWS bill for a million requests a month, compared with the Claude bill (docs/cost.md).

    python -m devtools.benchmarks.aws_cost [MEMORY_MEGABYTES]      (default: the template's)

Prices, sizes and counts are `domain.spend.weekly.aws_bill`'s, with their date; what that leaves out is here.
"""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from devtools.benchmarks.bench_memory import template_sizes
from model_router.adapters.packaged import packaged_catalog
from model_router.domain.money.pricing import Usage, cost
from model_router.domain.spend.weekly.aws_bill import ASSUMED, FIXED, PRICES, PRICES_OF, bill_items

REQUESTS: Final = 1_000_000
INPUT_TOKENS, OUTPUT_TOKENS = 5_000, 2_000
#: Of a hundred requests, and the seconds that 2,000 output tokens take: assumed, at 150, 70 and 43 tokens per second.
MIX: Final[Mapping[str, tuple[int, int]]] = {
    "claude-haiku-4-5-20251001": (70, 13),
    "claude-sonnet-4-6": (20, 29),
    "claude-opus-4-7": (10, 47),
}
ESCALATED_PERCENT: Final = 5
#: Restores a month: instances that come and go. And what an answer weighs on the wire, streamed, in gigabytes.
RESTORES: Final = 20_000
GIGABYTES_AN_ANSWER: Final = Decimal("0.00025")
SECONDS_A_MONTH: Final = 30 * 86_400
#: us-east-1 on PRICES_OF, from the services' pricing pages.
MORE_PRICES: Final[Mapping[str, Decimal]] = {
    "snapshot_gb_second": Decimal("0.0000015046"),
    "restored_gb": Decimal("0.0001397998"),
    "transfer_gigabyte": Decimal("0.09"),
}
MOST_PERCENT: Final = 1
#: What an idle stack is billed for. Its two dashboards are within the free ones of an account, and metrics without data
#: cost nothing.
IDLE: Final = ("alarm_metric_month", "key_month", "snapshot_gb_second")


def seconds_a_request() -> Decimal:
    """The mix's seconds; an escalated request has waited for a Haiku answer before."""
    mixed = sum((Decimal(share * seconds) for share, seconds in MIX.values()), Decimal(0)) / 100
    return mixed + Decimal(ESCALATED_PERCENT * MIX["claude-haiku-4-5-20251001"][1]) / 100


def claude_bill() -> Decimal:
    """The article's mix at the catalog's prices, escalations left out: the smaller bill is the harder to stay under."""
    catalog = packaged_catalog()
    usage = Usage(input_tokens=INPUT_TOKENS, output_tokens=OUTPUT_TOKENS)
    each = (share * cost(catalog, model, usage, datetime.now(UTC)) for model, (share, _) in MIX.items())
    return sum(each, Decimal(0)) * REQUESTS / 100


def lines(memory: int) -> dict[str, Decimal]:
    """USD by item."""
    seconds = seconds_a_request()
    calls = REQUESTS * (100 + ESCALATED_PERCENT) // 100
    items = bill_items(REQUESTS, calls, int(REQUESTS * seconds * 1000), memory)
    usd = {item.item: item.cost_usd for item in items}
    # What there is whatever the traffic is billed for a month here, not for a week.
    usd |= {name: number * PRICES[name] for name, number in FIXED.items()}
    gigabytes = Decimal(memory) / 1024
    usd["snapshot_gb_second"] = SECONDS_A_MONTH * gigabytes * MORE_PRICES["snapshot_gb_second"]
    usd["restored_gb"] = RESTORES * gigabytes * MORE_PRICES["restored_gb"]
    usd["transfer_gigabyte"] = REQUESTS * GIGABYTES_AN_ANSWER * MORE_PRICES["transfer_gigabyte"]
    return usd


def main(arguments: list[str]) -> int:
    memory = int(arguments[0]) if arguments else template_sizes()["RouterFunction"]
    usd, claude = lines(memory), claude_bill()
    total = sum(usd.values(), Decimal(0))
    print(f"AWS, {REQUESTS:,} requests a month, RouterFunction {memory} MB, prices of {PRICES_OF}, no free tier")
    print(f"  assumed: {seconds_a_request():.1f} s a request, {ESCALATED_PERCENT} % escalated, {RESTORES:,} restores,")
    print(f"  every answer streamed, {GIGABYTES_AN_ANSWER * 10**6:.0f} KB; ", end="")
    print(", ".join(f"{name} {value}" for name, value in ASSUMED.items()))
    for name, amount in sorted(usd.items(), key=lambda entry: -entry[1]):
        print(f"  {name:22} ${amount:8.2f}")
    share = total / claude * 100
    print(f"  {'total':22} ${total:8.2f}   {share:.2f} % of Claude's ${claude:,.0f}", end="")
    print(f" (at most {MOST_PERCENT} %: {'kept' if share <= MOST_PERCENT else 'MISSED'})")
    idle = {name: usd[name] for name in IDLE}
    print("idle, a month: " + ", ".join(f"{name} ${amount:.2f}" for name, amount in idle.items()), end="")
    rest = sum(idle.values()) - idle["snapshot_gb_second"]
    print(f", total ${sum(idle.values()):.2f}; without the snapshot ${rest:.2f}")
    return 0 if share <= MOST_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
