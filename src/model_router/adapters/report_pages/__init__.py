"""The reports as web pages: one self-contained HTML file each, static, with inline SVG; no scripts, no network.

`weekly.render_weekly` and `monthly.render_monthly` take a report's JSON as a mapping and give the text of the file. A
function imports its own alone.
"""
