"""The weekly report's page."""

from collections.abc import Mapping
from typing import Any

from model_router.adapters.report_pages.parts.figures import Source
from model_router.adapters.report_pages.parts.rendering import Page, render
from model_router.adapters.report_pages.parts.wording import period_words
from model_router.adapters.report_pages.weekly.charts import charts
from model_router.adapters.report_pages.weekly.headlines import banners, headlines, lead, notices
from model_router.adapters.report_pages.weekly.sections import sections


def render_weekly(report: Mapping[str, Any]) -> str:
    """Render the weekly report as one HTML file. Equal reports give equal text."""
    source = Source(report)
    return render(
        Page(
            title=f"Claude spend, week {source.text('week')}",
            period=period_words(source.text("from"), source.text("to")),
            lead=lead(source),
            headlines=headlines(source),
            banners=banners(source),
            notices=notices(source),
            charts=charts(source) if source.value("totals/requests") else [],
            sections=sections(source),
            footnotes=[
                "Money is in US dollars. Low and high are the baseline by tokens as counted and in the baseline "
                "model’s own tokens. An interval contains the true figure in 95 of 100 cases. A dash means that there "
                "is no figure.",
                "report.json and report.csv, in the same folder, have the exact figures.",
            ],
        )
    )
