"""Runs headless Chromium by its command line, without a driver or a network. For tests of pages."""

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--disable-lcd-text",
)
#: Runs in a copy of the page only: the page itself forbids scripts.
_PROBE = """
<script>
addEventListener("load", () => {
  const root = document.documentElement;
  const outside = [...document.querySelectorAll("body *")].filter(element => {
    if (element.closest(".scroll table, pre, .unseen, svg svg, svg *")) return false;
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.right > root.clientWidth + 0.5;
  }).map(element => element.outerHTML.slice(0, 120));
  const cut = [...document.querySelectorAll("svg.chart text")].filter(text => {
    const box = text.getBoundingClientRect(), card = text.closest("figure").getBoundingClientRect();
    return box.left < card.left || box.right > card.right || box.bottom > card.bottom;
  }).map(text => text.textContent);
  root.dataset.probe = JSON.stringify({
    width: innerWidth, scrollWidth: root.scrollWidth, height: root.scrollHeight, outside, cut,
    scripted: window.scripted === true, requests: performance.getEntriesByType("resource").length,
  });
});
</script>
"""
#: A window is never narrower than 500 pixels; a frame in it may be, and lays out as a phone does.
_FRAME = """<!doctype html>
<iframe srcdoc="{page}" style="width:{width}px;height:900px;border:0"></iframe>
<script>
document.querySelector("iframe").addEventListener("load", event => {{
  const inside = document.importNode(event.target.contentDocument.documentElement, true);
  document.documentElement.replaceWith(inside);
}});
</script>
"""


@dataclass(slots=True)
class Element:
    tag: str
    attributes: dict[str, str | None]
    text: str = ""
    #: The same, with a space wherever another paragraph or cell begins.
    words: str = ""


@dataclass(slots=True)
class Dom:
    """What the browser made of a page: its elements in order, and what the probe measured."""

    elements: list[Element] = field(default_factory=list)

    @property
    def probe(self) -> dict[str, Any]:
        measured: dict[str, Any] = json.loads(self.elements[0].attributes["data-probe"] or "")
        return measured

    def having(self, attribute: str) -> list[Element]:
        return [element for element in self.elements if attribute in element.attributes]

    def tags(self, *names: str) -> list[Element]:
        return [element for element in self.elements if element.tag in names]


class Chromium:
    """Starts a new browser for each call; its profile is in `directory`."""

    def __init__(self, executable: str, directory: Path) -> None:
        self._executable = executable
        self._directory = directory

    @staticmethod
    def executable() -> str | None:
        return next((path for name in _NAMES if (path := shutil.which(name))), None)

    def dom(self, page: str, width: int) -> Dom:
        """The page as laid out at that width, measured by a script in a copy of it."""
        kept = "\n".join(line for line in page.split("\n") if "Content-Security-Policy" not in line)
        frame = _FRAME.format(width=width, page=escape(kept.replace("</body>", f"{_PROBE}</body>")))
        copy = self._directory / f"probe-{width}.html"
        copy.write_text(frame, encoding="utf-8")
        return parse(self._run(copy, max(width, 500), 900, "--dump-dom"))

    def screenshot(self, page: Path, width: int, height: int, picture: Path, scale: float = 1) -> None:
        """Width and height in CSS pixels; each is `scale` pixels of the picture."""
        self._run(page, width, height, f"--force-device-scale-factor={scale}", f"--screenshot={picture}")

    def pdf(self, page: Path, document: Path) -> None:
        self._run(page, 1280, 900, "--no-pdf-header-footer", f"--print-to-pdf={document}")

    def _run(self, page: Path, width: int, height: int, *arguments: str) -> str:
        command = [
            self._executable,
            *_QUIET,
            f"--user-data-dir={self._directory / 'profile'}",
            f"--window-size={width},{height}",
            *arguments,
            page.as_uri(),
        ]
        done = subprocess.run(command, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
        return done.stdout.decode()


def parse(page: str) -> Dom:
    """A page's elements, each with all text inside it."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return Dom(reader.found)


_INLINE = {"span", "bdi", "strong", "small", "a"}
_VOID = {"meta", "link", "br", "hr", "img", "input"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Element] = []
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.found.append(element)
        if tag not in _INLINE:
            for outer in self._open:
                outer.words += " "
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data
            element.words += data
