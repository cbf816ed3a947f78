from decimal import Decimal

from model_router.adapters.report_pages.parts.figures import FigureText, Source, words
from model_router.adapters.report_pages.parts.rendering import printable

REPORT = {
    "headline": {"spent": Decimal("27.50"), "none": None},
    "by_client": [{"name": "a"}, {"name": "b", "cost": Decimal(2)}],
    "odd": {"a/b": 1, "c~d": 2},
}


def test_a_figure_carries_its_exact_value_and_its_place() -> None:
    figure = Source(REPORT)("headline/spent", "money")
    assert figure.__html__() == '<span data-path="/headline/spent" data-value="27.5">$27.50</span>'


def test_members_of_a_list_know_their_place() -> None:
    second = list(Source(REPORT).each("by_client"))[1]
    assert second("cost", "money").pointer == "/by_client/1/cost"
    assert second.text("name") == "b"


def test_members_of_an_object_are_found_whatever_their_names() -> None:
    odd = list(Source(REPORT).each("odd"))
    assert [(source.pointer, source.name, source.value()) for source in odd] == [
        ("/odd/a~1b", "a/b", 1),
        ("/odd/c~0d", "c~d", 2),
    ]


def test_what_is_absent_reads_as_none() -> None:
    source = Source(REPORT)
    assert source.value("headline/nothing/further") is None
    assert source.value("by_client/7/name") is None
    assert list(source.each("nothing")) == []
    assert source("headline/none", "money").text == "–"
    assert 'data-value=""' in source("headline/none", "money").__html__()


def test_names_are_escaped_in_text_and_in_attributes() -> None:
    html = FigureText('"><script>x</script>', "text", '/by_client/"onload=x').__html__()
    assert "<script" not in html
    assert html.count('"') == 4


def test_sentences_escape_their_parts_but_not_figures() -> None:
    sentence = words("<b>{}</b> spent {}", "<i>", Source(REPORT)("headline/spent", "money"))
    assert sentence.startswith("<b>&lt;i&gt;</b> spent <span data-path")


def test_characters_that_hide_or_reorder_text_are_shown_as_replaced() -> None:
    assert printable("a\u202eb\x00c\ud800d\u2028") == "a\ufffdb\ufffdc\ufffdd\ufffd"
    assert printable("Zürich – 東京") == "Zürich – 東京"
    assert printable("two\nlines") == "two\nlines"
