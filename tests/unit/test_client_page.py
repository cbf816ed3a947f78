"""docs/clients.md is what the table of client shapes prints."""

from tests.support.client_page import PAGE, page
from tests.support.client_shapes import SHAPES


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page(), "run: python -m tests.support.client_page > docs/clients.md"


def test_shapes_are_told_apart_by_their_names() -> None:
    assert len({shape.what for shape in SHAPES}) == len(SHAPES)


def test_no_shape_is_worse_through_the_router() -> None:
    assert [shape.what for shape in SHAPES if shape.routed[:3] > shape.straight[:3]] == []
