"""The sample that the page is made after is what the code makes."""

from tests.support.weekly_sample import SAMPLE, sample_text


def test_the_sample_is_current() -> None:
    assert SAMPLE.read_text(encoding="utf-8") == sample_text(), "python -m tests.support.weekly_sample"
