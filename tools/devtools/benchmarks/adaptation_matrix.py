"""How each feature of a body is adapted to each model, under each API version, with `model: auto`.

    python -m devtools.benchmarks.adaptation_matrix           print the table
    python -m devtools.benchmarks.adaptation_matrix --write   put it into docs/adaptation.md

No network: decisions and adaptations are pure. `tests/integration/test_adaptation_matrix.py` sends every one of these
bodies to the stand-in for the Claude API.
"""

import argparse
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from devtools.benchmarks.matrix_bodies import FEATURES, Feature
from model_router.adapters.packaged import packaged_catalog, packaged_rules
from model_router.domain.errors import InvalidRequest
from model_router.domain.requests.forms import from_messages_form
from model_router.domain.requests.request import VERSION_HEADER
from model_router.domain.routing.adaptation import adapt
from model_router.domain.routing.decision import decide
from model_router.domain.routing.draft import Target
from model_router.domain.routing.policy import Policy, compile_policy
from model_router.domain.routing.rules_parsing import parse

VERSIONS = ("2023-06-01", "2026-10-21")
TIERS = ("haiku", "sonnet", "opus", "fourth", "fifth", "sixth")
_LINE_55 = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5")
LADDERS: tuple[tuple[str, ...], ...] = (
    ("claude-haiku-4-5-20251001", "claude-sonnet-4-6", "claude-opus-4-7"),
    (*_LINE_55, "claude-fable-5-2"),
    ("claude-haiku-4-5-20251001", "claude-sonnet-4-5-20250929", "claude-opus-4-5-20251101", "claude-opus-4-6"),
    ("claude-haiku-5-5", "claude-sonnet-5", "claude-opus-4-8", "claude-opus-5", "claude-fable-5", "claude-fable-5-1"),
    (*_LINE_55, "claude-mythos-5", "claude-mythos-5-1", "claude-mythos-5-2"),
)
"""Every model that the Claude API serves: the default preset, the preset `fable`, and ladders of the other models."""
_RAISED = re.compile(f": raised to ({'|'.join(TIERS)})$")
_DOCUMENT = Path("docs/adaptation.md")
_BEGIN = "<!-- The table below is written by `python -m devtools.benchmarks.adaptation_matrix --write`. -->\n"


@dataclass(frozen=True, slots=True)
class Cell:
    """How one feature is adapted to one model under one API version."""

    feature: Feature
    asked: str
    version: str
    #: The model that is called, or None if the request is refused.
    model: str | None
    #: The body that goes out.
    body: Mapping[str, Any] | None
    adaptations: tuple[str, ...]
    reason: str
    #: The beta headers that the adapted body needs.
    betas: frozenset[str] = frozenset()

    @property
    def outcome(self) -> str:
        """A text that is equal for models with the same outcome."""
        if self.model is None:
            return f"**refused**: {_nameless(self.reason)}"
        changes = "; ".join(_nameless(change) for change in self.adaptations)
        if self.model != self.asked:
            return f"**raised** to {_display(self.model)}" + (f", there: {changes}" if changes else "")
        return changes or "as it came"


def cells() -> Iterator[Cell]:
    """Every cell: features, then API versions, then models."""
    for feature in FEATURES:
        for version in VERSIONS:
            for model in packaged_catalog().served():
                yield _cell(feature, version, model)


def table() -> str:
    """The matrix in Markdown: per feature and API version the outcomes, each with its models."""
    lines = ["| feature | API version | models | result |", "| --- | --- | --- | --- |"]
    outcomes_of: dict[str, dict[str, dict[str, list[str]]]] = {}
    for cell in cells():
        outcomes = outcomes_of.setdefault(cell.feature.name, {}).setdefault(cell.version, {})
        outcomes.setdefault(cell.outcome, []).append(_display(cell.asked))
    for feature, versions in outcomes_of.items():
        same = versions[VERSIONS[0]] == versions[VERSIONS[1]]
        for version, outcomes in list(versions.items())[: 1 if same else 2]:
            most = max(outcomes.values(), key=len)
            for outcome, models in sorted(outcomes.items(), key=lambda item: item[1] is most):
                who = "all" if len(outcomes) == 1 else "others" if models is most else _joined(models)
                lines.append(f"| {feature} | {'both' if same else version} | {who} | {outcome} |")
    return "\n".join(lines) + "\n"


def document(before: str) -> str:
    """The text of docs/adaptation.md with the table as it is now."""
    head, mark, _ = before.partition(_BEGIN)
    return f"{head}{mark or _BEGIN}\n{table()}"


def _cell(feature: Feature, version: str, asked: str) -> Cell:
    ladder = next(ladder for ladder in LADDERS if asked in ladder)
    policy, tier = _policy(ladder), TIERS[ladder.index(asked)]
    body = {"model": "auto", **feature.body(), "router": {"task": "classification", "min_tier": tier}}
    try:
        request = from_messages_form(body, client="matrix", api_headers={VERSION_HEADER: version})
        decision = decide(policy, request)
    except InvalidRequest as refused:
        return Cell(feature, asked, version, None, None, (), refused.message)
    now = datetime.combine(policy.catalog.date, time(), UTC)
    adapted = adapt(request.body, Target.of(policy.catalog, decision.model, request, now))
    model, changes = decision.model, adapted.adaptations
    return Cell(feature, asked, version, model, adapted.body, changes, decision.reason, adapted.betas)


@cache
def _policy(ladder: tuple[str, ...]) -> Policy:
    tiers = [{"name": tier, "model": model} for tier, model in zip(TIERS, ladder, strict=False)]
    parameters = {**packaged_rules(), "tiers": json.dumps({"tiers": tiers, "baseline": "opus"})}
    return compile_policy(parse(parameters), packaged_catalog())


def _joined(models: list[str]) -> str:
    """The names; a Fable and the Mythos of its version as one."""
    versions = [
        name.removeprefix("Fable ")
        for name in models
        if name.startswith("Fable ") and name.replace("Fable ", "Mythos ") in models
    ]
    pairs = {f"Fable {version}": f"Fable/Mythos {version}" for version in versions}
    return ", ".join(
        pairs.get(name, name) for name in models if name in pairs or name.replace("Mythos ", "Fable ") not in pairs
    )


def _display(model: str) -> str:
    return packaged_catalog().card(model).display_name.removeprefix("Claude ")


def _nameless(words: str) -> str:
    """The words without the names of models, and only what is the matter where a request is refused."""
    words = words.removeprefix("No tier that this request allows can serve it: ").partition(" Models that can serve")[0]
    words = "; ".join(part for part in words.split("; ") if not part.startswith(("task ", "min_tier")))
    for model, card in packaged_catalog().models.items():
        words = words.replace(f"{model} cannot be used", "this model cannot be used")
        words = words.replace(card.display_name, "the model").replace(model, "the model")
    parts = [_RAISED.sub("", part).rstrip(".") for part in words.split("; ")]
    return "; ".join(dict.fromkeys(parts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write docs/adaptation.md instead of printing")
    if parser.parse_args().write:
        _DOCUMENT.write_text(document(_DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(table(), end="")


if __name__ == "__main__":
    main()
