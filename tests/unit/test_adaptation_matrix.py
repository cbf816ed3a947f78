from copy import deepcopy
from pathlib import Path

from devtools.benchmarks.adaptation_matrix import cells, document
from devtools.benchmarks.matrix_bodies import FEATURES

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "adaptation.md"


def test_the_documented_matrix_is_up_to_date() -> None:
    told = DOCUMENT.read_text(encoding="utf-8")
    assert document(told) == told, "run `python -m devtools.benchmarks.adaptation_matrix --write`"


def test_every_change_of_a_body_is_named() -> None:
    for cell in cells():
        if cell.body is not None:
            as_it_came = {**cell.feature.body(), "model": cell.model}
            assert (cell.body == as_it_came) == (not cell.adaptations), (cell.feature.name, cell.asked, cell.version)


def test_no_adaptation_changes_the_callers_body_in_place() -> None:
    before = deepcopy(FEATURES)
    assert sum(bool(cell.adaptations) for cell in cells()) > 100
    assert before == FEATURES
