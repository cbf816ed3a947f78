"""How requests of each family are routed by models that saw nothing of their template, or of their family.

A decision is the router's own, with the packaged rules: patterns, caps and conversations included. Intervals are
bootstrapped by source: requests of one template are decided alike, so there are only as many facts as templates.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from devtools.text_model.labelled import Labelled, read_seeds
from devtools.text_model.training import examples_of, fit
from model_router.adapters.packaged import packaged_catalog, packaged_rules
from model_router.domain.routing.classification import Classifier
from model_router.domain.routing.decision import decide
from model_router.domain.routing.policy import compile_policy
from model_router.domain.routing.rules_parsing import parse
from model_router.domain.routing.text_model import TextModel

FOLDS = 10


def by_source(row: Labelled) -> str:
    return row.source


def by_family(row: Labelled) -> str:
    return row.family


def folds_of(rows: Sequence[Labelled], group: Callable[[Labelled], str] = by_source) -> list[int]:
    """The fold of each row: whole groups, dealt out at random, the same way on each run."""
    groups = sorted({group(row) for row in rows})
    random.Random(3).shuffle(groups)  # noqa: S311 - a split, not a secret
    fold = {name: place % FOLDS for place, name in enumerate(groups)}
    return [fold[group(row)] for row in rows]


def cross_validated(
    rows: Sequence[Labelled], easy_tier: str, group: Callable[[Labelled], str] = by_source
) -> Iterator[tuple[TextModel, list[Labelled]]]:
    """For each fold, a model fitted without it, and its rows."""
    folds = folds_of(rows, group)
    examples = examples_of(rows, easy_tier)
    seeds = examples_of(read_seeds(), easy_tier)
    for number in range(FOLDS):
        training = [example for example, fold in zip(examples, folds, strict=True) if fold != number]
        model = fit([*training, *seeds], "2000-01-01-fold")
        yield model, [row for row, fold in zip(rows, folds, strict=True) if fold == number]


_RESAMPLES = 1000

type Decided = list[tuple[Labelled, str]]


def decided(rows: Sequence[Labelled], easy_tier: str, group: Callable[[Labelled], str]) -> Decided:
    """Each row with the tier that the router proposes for it."""
    policy = compile_policy(parse(packaged_rules()), packaged_catalog())
    rows_with_tiers = []
    for model, held_out in cross_validated(rows, easy_tier, group):
        fold = replace(policy, classifier=Classifier(policy.rules, policy.catalog, model))
        rows_with_tiers += [(row, decide(fold, row.request).proposed_tier) for row in held_out]
    return rows_with_tiers


def interval(hits_by_source: dict[str, list[bool]]) -> tuple[float, float]:
    """The 95 % interval of a share, from resampled sources."""
    sums = [(sum(hits), len(hits)) for hits in hits_by_source.values()]
    chance = random.Random(5)  # noqa: S311 - a resampling, not a secret
    shares = []
    for _ in range(_RESAMPLES):
        drawn = chance.choices(sums, k=len(sums))
        shares.append(sum(hits for hits, _ in drawn) / sum(count for _, count in drawn))
    shares.sort()
    return shares[_RESAMPLES // 40], shares[-_RESAMPLES // 40]


def judged_lines(rows: Sequence[Labelled], easy_tier: str) -> Iterator[str]:
    """A table for each way of splitting: by source, and by family, which is harder."""
    for name, group in (("template", by_source), ("family", by_family)):
        yield f"share that goes to {easy_tier}, split by {name}, with 95 % intervals by template"
        yield from table(decided(rows, easy_tier, group), easy_tier)


def table(rows_with_tiers: Decided, easy_tier: str) -> Iterator[str]:
    """The share of each wanted tier's requests that goes to the easy tier, in all and by family."""
    hits: dict[tuple[str, str], dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for row, tier in rows_with_tiers:
        for family in ("", row.family):
            hits[f"want {row.want}", family][row.source].append(tier == easy_tier)
    for (want, family), by in sorted(hits.items()):
        all_hits = [hit for of_source in by.values() for hit in of_source]
        low, high = interval(by)
        share = 100 * sum(all_hits) / len(all_hits)
        name = f"  {family}" if family else want
        yield f"{name:45} {len(all_hits):5} {share:5.1f} %   {100 * low:.1f}–{100 * high:.1f}"
