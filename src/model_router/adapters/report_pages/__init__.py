"""The reports as web pages: one self-contained HTML file each, static, with inline SVG; no scripts, no network.

`render_weekly` and `render_monthly` take a report's JSON as a mapping and give the text of the file.
"""

from model_router.adapters.report_pages.monthly import render_monthly
from model_router.adapters.report_pages.weekly import render_weekly

__all__ = ["render_monthly", "render_weekly"]
