"""The weekly report's page."""

from collections.abc import Mapping
from typing import Any

from model_router.adapters.report_pages import weekly_baseline, weekly_measures, weekly_tables
from model_router.adapters.report_pages.figures import Source
from model_router.adapters.report_pages.rendering import Page, render
from model_router.adapters.report_pages.weekly_charts import charts
from model_router.adapters.report_pages.weekly_headlines import banners, headlines, lead, notices
from model_router.adapters.report_pages.wording import period_words


def render_weekly(report: Mapping[str, Any]) -> str:
    """The weekly report (its keys: domain/spend/report.py) as one HTML file. The same report gives the same text."""
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
            sections=[
                weekly_baseline.baseline(source),
                weekly_measures.canary(source),
                weekly_tables.spend(source),
                weekly_tables.escalations(source),
                weekly_measures.quality(source),
                weekly_measures.latency(source),
                weekly_baseline.open_costs(source),
                weekly_tables.rules(source),
                weekly_measures.aws_bill(source),
            ],
            footnotes=[
                "Money is in US dollars. Low and high: the baseline by tokens as counted, and in the baseline model’s "
                "own tokens. Intervals hold the true figure in 95 of 100 cases. A dash: there is no figure.",
                "report.json and report.csv, beside this file, hold the same figures digit for digit.",
            ],
        )
    )
