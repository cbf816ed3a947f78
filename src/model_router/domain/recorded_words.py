"""Limits for words from callers and from Claude that go into the ledger or a log."""

import re

MOST_IN_WORD = 64
MOST_IN_REQUEST_ID = 200
OTHER_REGION = "other"
#: The values of `inference_geo` that have a price; None and the empty text mean that it is not given.
PRICED_REGIONS = (None, "", "global", "us", "not_available")
_REGION = re.compile(r"[a-z0-9_-]{1,32}", re.ASCII)


def word(value: object, most: int = MOST_IN_WORD) -> str | None:
    """The visible ASCII among the first `most` characters of a text, or None if the value is no text."""
    return "".join(letter for letter in value[:most] if "!" <= letter <= "~") if isinstance(value, str) else None


def region(value: object) -> str | None:
    """The recorded form of an `inference_geo`: `other` if it does not look like one, None if it is not given."""
    if not isinstance(value, str) or not value:
        return None
    return value if _REGION.fullmatch(value) else OTHER_REGION
