from copy import deepcopy
from pathlib import Path

from devtools.benchmarks.adaptation_matrix import cells, document
from devtools.benchmarks.matrix_bodies import FEATURES

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "adaptation.md"


def test_the_printed_matrix_is_what_the_code_does() -> None:
    told = DOCUMENT.read_text(encoding="utf-8")
    assert document(told) == told, "run `python -m devtools.benchmarks.adaptation_matrix --write`"


def test_a_body_that_is_changed_is_one_whose_changes_are_named() -> None:
    for cell in cells():
        if cell.body is not None:
            as_it_came = {**cell.feature.body(), "model": cell.model}
            assert (cell.body == as_it_came) == (not cell.adaptations), (cell.feature.name, cell.asked, cell.version)


def test_no_adaptation_changes_the_callers_own_body() -> None:
    before = deepcopy(FEATURES)
    assert sum(bool(cell.adaptations) for cell in cells()) > 100
    assert before == FEATURES
