"""The source article's rules as it prints them: plain substrings, tokens as words times two. Only a reference."""

from typing import Final

HAIKU: Final = ("classify", "extract", "detect", "label", "tag", "yes or no", "true or false", "which category")
OPUS: Final = (
    "analyze the entire",
    "design a system",
    "find the root cause",
    "architect",
    "debug this complex",
    "security audit",
)
_HAIKU_CAP: Final = 5_000


def article_tier(prompt: str) -> str:
    text = prompt.lower()
    tokens = len(prompt.split()) * 2
    if any(pattern in text for pattern in OPUS):
        return "opus"
    if tokens <= _HAIKU_CAP and any(pattern in text for pattern in HAIKU):
        return "haiku"
    # Its Sonnet patterns, its floor above 200,000 tokens and its default all say the same.
    return "sonnet"
