"""The reports as web pages: each one is a self-contained HTML file with inline SVG, without scripts or network access.

`weekly.page.render_weekly` and `monthly.page.render_monthly` take a report's JSON and return the text of the file.
"""
