"""What a text offers as answers, in any language: labels to choose from, a tag to fill in, fields of free text."""

import re
from typing import Final

from model_router.domain.routing.lexicon import words

_WORD: Final = r"[^\W\d_][\w-]{1,20}(?: \w{2,12})?"
#: SAFE, UNSAFE or MIXED
_CAPITALS: Final = re.compile(r"\b[A-Z][A-Z0-9_]+(?:(?: ?[/|] ?|, ?|,? or )[A-Z][A-Z0-9_]+)+\b")
#: delivery / finance / IT, true|false
_DIVIDED: Final = re.compile(r"(?<![\w/:.@-])[^\W\d_][\w-]*(?: ?\| ?| / |/(?=[^\W\d_]{2}))[^\W\d_][\w-]+")
#: Labels: praise, complaint, question
_LISTED: Final = re.compile(rf"[:(\[：（] ?{_WORD}(?: ?[,、，;] ?(?:(?:or|and|oder|und|ou|et|o|y|e) )?{_WORD}){{2,}}")
#: "yes" or "no"
_QUOTED: Final = re.compile(
    r"[\"'`“「『‘«][^\"'`”」』’»\n]{1,24}[\"'`”」』’»]"
    r"(?: ?[,/|、，或や] ?| (?:or|oder|ou|o|или|या|أو) |または|또는)?[\"'`“「『‘«]"
)
#: Fields whose values are written, not found: work above the cheapest tier's.
_WRITTEN: Final = words(
    """reply response comment comments body summary abstract tldr draft letter translation essay story poem paraphrase
    recap minutes steps solution rewritten teaser advice recommendation recommendations"""
)
_FIELD: Final = re.compile(
    r'"([a-z_ ]{3,30})"\s{0,2}(?::\s{0,2}(?:""|"?(?:str|string|text|\.\.\.|…|<|\[))|[,}]|\.\.\.)'
)


def offers_labels(text: str) -> bool:
    """Whether a text lists labels within a sentence: "yes" or "no", (delivery / finance / IT)."""
    # A single character is found in a hundredth of the time.
    if ("/" in text or "|" in text) and _DIVIDED.search(text):
        return True
    if (text.count(",") > 1 or "、" in text or "，" in text) and _LISTED.search(text):
        return True
    return (text.count('"') > 3 or "“" in text or "「" in text or "`" in text) and _QUOTED.search(text) is not None


def offers_capitals(text: str) -> bool:
    """Whether a text lists labels in capitals: "SAFE or UNSAFE"."""
    return _CAPITALS.search(text) is not None


def written_field_in(names: list[str]) -> str:
    """The first name of a field whose value has to be written, such as `reply_to_customer`, or an empty text."""
    return next((name for name in names if not _WRITTEN.isdisjoint(name.lower().replace("-", "_").split("_"))), "")


def written_field_of(folded: str) -> str:
    """The first such field of a JSON object to fill in that a text shows, or an empty text."""
    return written_field_in(_FIELD.findall(folded)) if '"' in folded else ""
