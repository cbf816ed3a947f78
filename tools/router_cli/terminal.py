"""Figures on a terminal."""

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from model_router.domain.spend.amounts import Interval
from router_cli.clean_output import clean_cell

_WIDEST = 200


def usd(amount: Decimal) -> str:
    """To the cent; what is less than ten dollars to four places, or to three digits that say something."""
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    if size >= 10:
        return f"{sign}${size:,.2f}"
    places = 4 if size == 0 or size >= Decimal("0.01") else 2 - size.adjusted()
    return f"{sign}${size:.{places}f}"


def percent(part: Decimal | None) -> str:
    return "–" if part is None else f"{part:.1%}"


def range_of(interval: Interval | None, number: int) -> str:
    """`97.1% (94.0 to 98.6%, n 210)`."""
    if interval is None:
        return "not measured"
    return f"{interval.value:.1%} ({interval.low * 100:.1f} to {interval.high:.1%}, n {number:,})"


def print_whole(out: Console, table: Table) -> None:
    """Prints a table in its own width: ids that are cut off cannot be copied. A narrow terminal wraps its lines."""
    out.width = max(out.width, Measurement.get(out, out.options.update(max_width=_WIDEST), table).maximum)
    out.print(table)


def listing(title: Sequence[str], numbers: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> Table:
    """A table whose last columns are numbers."""
    table = Table(*title, title_justify="left")
    for name in numbers:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*(clean_cell(cell) if isinstance(cell, str) else cell for cell in row))
    return table
