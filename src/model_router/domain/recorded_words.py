"""Limits for words from callers and from Claude that go into the ledger or a log."""

import re

MOST_IN_WORD = 64
MOST_IN_REQUEST_ID = 200
OTHER = "other"
#: The values of `inference_geo` that have a price; None and the empty text mean that it is not given.
PRICED_REGIONS = (None, "", "global", "us", "not_available")
_WORD = re.compile(rf"[a-z0-9_-]{{0,{MOST_IN_WORD}}}", re.ASCII)


def identifier(value: object) -> str | None:
    """The visible ASCII among the first characters of a request's id, or None if the value is no text."""
    if not isinstance(value, str):
        return None
    return "".join(letter for letter in value[:MOST_IN_REQUEST_ID] if "!" <= letter <= "~")


def word(value: object) -> str | None:
    """The recorded form of a name: `other` if it does not look like one, None if the value is no text.

    A part of such a text is not kept: it may be part of a prompt.
    """
    if not isinstance(value, str):
        return None
    return value if _WORD.fullmatch(value) else OTHER


def region(value: object) -> str | None:
    """The recorded form of an `inference_geo`: as of any name, and None if it is not given."""
    return word(value) or None
