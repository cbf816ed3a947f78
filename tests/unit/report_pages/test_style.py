"""Colours that can be told apart from what they stand on (WCAG 2.2 AA): 4.5 for text, 3 for shapes."""

import re
from importlib import resources

import pytest

TEXTS = ("text", "quiet", "accent", "good", "bad", "warn")
GROUNDS = ("page", "card", "good-ground", "bad-ground", "warn-ground", "info-ground")
SHAPES = ("t0", "t1", "t2", "t3", "t4", "accent", "text", "bad")


def _schemes() -> dict[str, dict[str, str]]:
    sheet = (resources.files("model_router.adapters.report_pages.parts") / "templates" / "page.css").read_text("utf-8")
    blocks = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]+);", block)) for block in re.findall(r":root \{(.*?)\}", sheet, re.S)
    ]
    return dict(zip(("light", "dark", "print"), blocks, strict=True))


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_text_can_be_read_on_every_ground(scheme: str) -> None:
    colours = _schemes()[scheme]
    poor = [
        (text, ground, round(_contrast(colours[text], colours[ground]), 2))
        for text in TEXTS
        for ground in GROUNDS
        if _contrast(colours[text], colours[ground]) < 4.5
    ]
    assert poor == []


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_shapes_stand_out_from_their_card(scheme: str) -> None:
    colours = _schemes()[scheme]
    assert [name for name in SHAPES if _contrast(colours[name], colours["card"]) < 3] == []
