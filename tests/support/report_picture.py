"""Takes the README's picture of the weekly report: `python -m tests.support.report_picture`. Needs Chromium."""

import sys
import tempfile
from pathlib import Path

from model_router.adapters.report_pages.weekly.page import render_weekly
from tests.support.browser import Chromium
from tests.support.report_pages import weekly_sample

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "weekly-report.png"
_WIDTH, _HEIGHT, _SCALE = 1200, 1035, 0.8


def take_picture(executable: str, picture: Path) -> None:
    """The top of the sample week's page, as a desktop browser lays it out, reduced to the width of a README."""
    with tempfile.TemporaryDirectory() as directory:
        page = Path(directory) / "report.html"
        page.write_text(render_weekly(weekly_sample()), encoding="utf-8")
        Chromium(executable, Path(directory)).screenshot(page, _WIDTH, _HEIGHT, picture, _SCALE)


if __name__ == "__main__":
    found = Chromium.executable()
    if found is None:
        sys.exit("Chromium is not installed (Debian: apt-get install chromium)")
    PICTURE.parent.mkdir(exist_ok=True)
    take_picture(found, PICTURE)
    sys.stdout.write(f"{PICTURE}: {PICTURE.stat().st_size // 1000} KB\n")
