"""docs/clients.md is what the table of client shapes prints."""

import json

from tests.support.client_page import CLIENTS, FEATURES, PAGE, page
from tests.support.client_shapes import SHAPES


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page(), "run: python -m tests.support.client_page > docs/clients.md"


def test_shapes_are_told_apart_by_their_names() -> None:
    assert len({shape.what for shape in SHAPES}) == len(SHAPES)


def test_no_shape_is_worse_through_the_router() -> None:
    assert [shape.what for shape in SHAPES if shape.routed[:3] > shape.straight[:3]] == []


def test_every_feature_that_a_client_tries_works() -> None:
    rows = json.loads(CLIENTS.read_text(encoding="utf-8"))
    assert {row[feature] for row in rows for feature in FEATURES} == {"yes", "–"}
    assert len(rows) >= 14
