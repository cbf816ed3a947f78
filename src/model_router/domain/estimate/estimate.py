"""How many input tokens a request is: an estimate to route by, and a bound to hold money against.

Neither calls anything. The estimate is within about ±20 % of the real count (`tests/unit/test_estimate.py` holds that);
the bound is never below it.
"""

from collections.abc import Mapping
from typing import Final
from unicodedata import combining, is_normalized, normalize

from model_router.domain.estimate.media_tokens import (
    MAX_IMAGE_TOKENS,
    PDF_PAGE_TOKENS,
    UNKNOWN_IMAGE_TOKENS,
    image_tokens,
    pdf_tokens,
)
from model_router.domain.estimate.request_inventory import Inventory, take_inventory
from model_router.domain.estimate.token_features import estimate_text_tokens

__all__ = [
    "estimate_text_tokens",
    "estimate_tokens",
    "estimated",
    "most_estimated",
    "upper_bound_tokens",
]

#: Tokens of a message's frame, of a block's, and of a request's. Anthropic counts "Hello, Claude" as 10 to 14.
_MESSAGE, _BLOCK, _REQUEST = 4, 1, 3
#: The system prompt that tools bring along (346 on the Claude 4 models, 2026-11-22), and the frame of each tool.
_TOOL_PROMPT: Final = 346
_TOOL: Final = 8
#: The description of one of Anthropic's own client tools (bash 245, text editor 700, computer 735).
_CLIENT_TOOL: Final = 700
#: Pages that a document elsewhere is taken to have.
_REMOTE_PAGES: Final = 10
#: Characters of a signature or of encrypted thinking for each token that it stands for.
_SEALED_CHARACTERS: Final = 4
#: The same frames as bounds, some ten times what was ever seen.
_MAX_REQUEST, _MAX_MESSAGE, _MAX_BLOCK, _MAX_TOOL = 256, 64, 64, 256
_MAX_TOOL_PROMPT: Final = 2048
_MAX_CLIENT_TOOL: Final = 5000
#: The fields of a body of which only the texts need be looked at; any other may ask for more.
_PLAIN_FIELDS: Final = frozenset(
    (
        "messages",
        "system",
        "max_tokens",
        "temperature",
        "top_p",
        "top_k",
        "stop_sequences",
        "stream",
        "metadata",
        "thinking",
    )
)
#: Common East Asian punctuation whose compatibility form is no longer than it is. It is set aside, so that the rest of
#: most texts needs no normalisation.
_SHRINKING: Final = "，！？：；（）～％…\u3000"
#: Characters that are normalised at once. Normalising sorts combining marks in quadratic time, so a longer text is cut.
_PIECE_CHARACTERS: Final = 64
#: Bytes that a text's compatibility form can have beyond the forms of two pieces that it is cut into: a mark behind the
#: cut can keep the character before it from being composed. The longest such loss is that of U+0DDD, 9 bytes to 3.
_CUT_BYTES: Final = 6
#: Characters that a character of a piece decomposes to on average. Hangul has up to 3, and is composed again.
_EXPANDED: Final = 4


def estimate_tokens(body: Mapping[str, object]) -> int:
    """Input tokens of a Messages API body, for the old tokenizer; multiply by a model's tokenizer ratio.

    Counts system, messages, tools, images and documents. Never raises, whatever JSON `body` holds.
    """
    return estimated(take_inventory(body))


def estimated(found: Inventory) -> int:
    """The estimate for what a body was found to hold."""
    text = found.texts[0] if len(found.texts) == 1 else "\n".join(found.texts)
    return _beside_text(found) + estimate_text_tokens(text)


def most_estimated(found: Inventory) -> int:
    """A number that `estimated` never exceeds, and a hundredth of its work: no text has more tokens than bytes."""
    return _beside_text(found) + sum(map(_most_of_text, found.texts))


def most_of_plain(body: Mapping[str, object]) -> int | None:
    """The same for a body that holds nothing but text and settings, as most do; None: it may hold more."""
    system, messages = body.get("system", ""), body.get("messages")
    if not _PLAIN_FIELDS.issuperset(body) or not isinstance(system, str) or not isinstance(messages, list):
        return None
    most = _REQUEST + _most_of_text(system)
    for message in messages:
        if not isinstance(message, dict) or message.get("role") == "system":
            return None
        content = message.get("content")
        if not isinstance(content, str):
            return None
        most += _MESSAGE + _most_of_text(content)
    return most


def _most_of_text(text: str) -> int:
    """Its bytes at most, and one that joins it to the next."""
    return len(text) + 1 if text.isascii() else 4 * len(text) + 1


def _beside_text(found: Inventory) -> int:
    tokens = _REQUEST + _MESSAGE * found.messages + _BLOCK * found.blocks + found.walked
    if found.tools:
        tokens += _TOOL_PROMPT + _TOOL * found.tools + _CLIENT_TOOL * found.client_tools
    if found.blocks:
        tokens += sum(map(len, found.sealed)) // _SEALED_CHARACTERS
        tokens += sum(map(image_tokens, found.images)) + UNKNOWN_IMAGE_TOKENS * found.remote_images
        tokens += sum(map(pdf_tokens, found.pdfs)) + _REMOTE_PAGES * PDF_PAGE_TOKENS * found.remote_documents
    return tokens


def upper_bound_tokens(found: Inventory) -> int | None:
    """Input tokens that a body does not exceed with any tokenizer: a token is at least a byte of text.

    Returns None if the body holds content that cannot be counted here: URLs, file ids, server tools, MCP servers,
    threads, and PDFs, where a few bytes can draw any amount of text. The model's context window is then the bound.
    """
    if found.pdfs or not found.countable:
        return None
    text = sum(map(_most_bytes, found.texts)) + sum(map(_most_bytes, found.sealed)) + 8 * found.walked
    if found.cited:
        text *= 2
    return text + MAX_IMAGE_TOKENS * len(found.images) + _frames(found)


def _frames(found: Inventory) -> int:
    frames = _MAX_REQUEST + _MAX_MESSAGE * found.messages + _MAX_BLOCK * found.blocks + len(found.texts)
    if found.tools:
        frames += _MAX_TOOL_PROMPT + _MAX_TOOL * found.tools + _MAX_CLIENT_TOOL * found.client_tools
    return frames


def _most_bytes(text: str) -> int:
    """At least the UTF-8 bytes of `text` and of its normal forms NFC and NFKC, which tokenizers may use.

    Takes linear time. The whole text is never normalised at once.
    """
    if text.isascii():
        return len(text)
    rest = text
    for sign in _SHRINKING:
        rest = rest.replace(sign, " ")
    set_aside = _bytes(text) - _bytes(rest)
    starts = range(0, len(rest), _PIECE_CHARACTERS)
    return set_aside + sum([_most_piece_bytes(rest[start : start + _PIECE_CHARACTERS], start > 0) for start in starts])


def _most_piece_bytes(piece: str, is_cut: bool) -> int:
    """The same for a piece of at most `_PIECE_CHARACTERS`. `is_cut`: text comes before it."""
    size = _bytes(piece)
    if not is_normalized("NFKC", piece):
        normal = normalize("NFKD", piece)
        # What grows this much is not composed again: that shortens it little, and takes most of the time.
        if len(normal) < _EXPANDED * len(piece):
            normal = normalize("NFKC", piece)
        size = max(size, _bytes(normal))
        if not is_normalized(
            "NFC", piece
        ):  # longer than both where one sign shrinks in NFKC and another grows in either
            size = max(size, _bytes(normalize("NFC", piece)))
    starts_with_mark = is_cut and combining(normalize("NFKD", piece[0])[0])
    return size + _CUT_BYTES if starts_with_mark else size


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
