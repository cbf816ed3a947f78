"""`python -m devtools.text_model train LOGS… --out FILE` and `python -m devtools.text_model judge LOGS…`."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from devtools.text_model.judging import judged_lines
from devtools.text_model.labelled import read_labelled, read_seeds
from devtools.text_model.training import examples_of, fit
from model_router.domain.routing.text_model import TextModel, TextModelFile


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        rows = list(read_labelled(options.logs))
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    if not any(row.want == options.easy_tier for row in rows):
        print(f"no line has want: {options.easy_tier}: there is nothing to recognise", file=sys.stderr)
        return 2
    if options.command == "judge":
        print("\n".join(judged_lines(rows, options.easy_tier)))
        return 0
    seeds = read_seeds()
    model = fit(examples_of([*rows, *seeds], options.easy_tier), options.version)
    options.out.write_text(_file(model, options.trained_on, options.licence), encoding="utf-8")
    print(f"{options.out}: {len(model.weights):,} weights of {len(rows):,} requests and {len(seeds):,} seeds")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="devtools.text_model", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, does in (("train", "fit a model and write it"), ("judge", "cross-validate by template and by family")):
        command = commands.add_parser(name, help=does)
        command.add_argument("logs", nargs="+", type=Path, help="JSONL: prompt or messages, want, source")
        command.add_argument("--easy-tier", default="haiku", help="the tier whose work is to be recognised")
        if name == "train":
            command.add_argument("--out", type=Path, required=True)
            command.add_argument("--version", default=date.today().isoformat())  # noqa: DTZ011 - a label
            command.add_argument("--trained-on", default="labelled logs and the seeds of tools/devtools/text_model")
            command.add_argument("--licence", default="the logs' own; seeds: this project's")
    return parser


def _file(model: TextModel, trained_on: str, licence: str) -> str:
    file = TextModelFile(
        version=model.version,
        trained_on=trained_on,
        licence=licence,
        bias=model.bias,
        weights=dict(sorted(model.weights.items())),
    )
    return json.dumps(file.model_dump(), indent=0, ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    sys.exit(main())
