"""Words of callers and of Claude that go on record, bounded: the ledger and the log take no text of any length."""

import re

MOST_IN_WORD = 64
MOST_IN_REQUEST_ID = 200
OTHER_REGION = "other"
#: Where a call can run, as far as prices know it; None and nothing: not told.
PRICED_REGIONS = (None, "", "global", "us", "not_available")
_REGION = re.compile(r"[a-z0-9_-]{1,32}", re.ASCII)


def word(value: object, most: int = MOST_IN_WORD) -> str | None:
    """The visible ASCII among the first `most` characters of a text; None where the value is no text."""
    return "".join(letter for letter in value[:most] if "!" <= letter <= "~") if isinstance(value, str) else None


def region(value: object) -> str | None:
    """An `inference_geo` as it is recorded: `other` where it does not look like one, None where none is told."""
    if not isinstance(value, str) or not value:
        return None
    return value if _REGION.fullmatch(value) else OTHER_REGION
