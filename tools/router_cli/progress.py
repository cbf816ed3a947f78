"""A progress bar over files' bytes or a number of steps: on standard error, on a terminal only."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from router_cli.clean_output import console


def bytes_of(logs: Sequence[Path]) -> int:
    """The total size of the files."""
    return sum(path.stat().st_size for path in logs)


@contextmanager
def progress(what: str, total: int, *, steps: bool = False, shown: bool = True) -> Iterator[Callable[[int], None]]:
    """Yields a function that advances the bar by a number of bytes or steps."""
    out = console(stderr=True)
    counted = MofNCompleteColumn() if steps else DownloadColumn()
    columns = (TextColumn(what), BarColumn(), counted, TimeRemainingColumn())
    with Progress(*columns, console=out, transient=True, disable=not (shown and out.is_terminal)) as bar:
        task = bar.add_task(what, total=total)

        def advance(count: int) -> None:
            bar.advance(task, count)

        yield advance
