"""What is generated from the reports is current: the sample that the page is designed on, and the list of fields."""

from tests.support.report_fields import PAGE, page_text
from tests.support.weekly_sample import SAMPLE, sample_text


def test_the_sample_is_current() -> None:
    assert SAMPLE.read_text(encoding="utf-8") == sample_text(), "python -m tests.support.weekly_sample"


def test_the_list_of_fields_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_text(), "python -m tests.support.report_fields"
