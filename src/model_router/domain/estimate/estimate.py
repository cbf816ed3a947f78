"""Input tokens of a request: an estimate for routing, and an upper bound for budgets. Neither makes a call.

The estimate is within about ±20 % of the real count (checked by `tests/unit/test_estimate.py`); the bound is never
below the real count.
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

#: Tokens that each message, block and request adds to its text. Anthropic counts "Hello, Claude" as 10 to 14.
_MESSAGE, _BLOCK, _REQUEST = 4, 1, 3
#: The system prompt that tools add (346 on the Claude 4 models, 2026-11-22), and what each tool adds to its text.
_TOOL_PROMPT: Final = 346
_TOOL: Final = 8
#: The description of one of Anthropic's own client tools (bash 245, text editor 700, computer 735).
_CLIENT_TOOL: Final = 700
#: The assumed pages of a document that is not in the body.
_REMOTE_PAGES: Final = 10
#: Characters of a signature or of encrypted thinking per token.
_SEALED_CHARACTERS: Final = 4
_MOST_CHARACTER_BYTES: Final = 4
#: The same as bounds, about ten times the largest observed values.
_MAX_REQUEST, _MAX_MESSAGE, _MAX_BLOCK, _MAX_TOOL = 256, 64, 64, 256
_MAX_TOOL_PROMPT: Final = 2048
_MAX_CLIENT_TOOL: Final = 5000
#: Common East Asian punctuation whose compatibility form is not longer. It is removed first, because the rest of most
#: texts then needs no normalisation.
_SHRINKING: Final = "，！？：；（）～％…\u3000"
#: Characters that are normalised at once. Normalising sorts combining marks in quadratic time, so texts are cut.
_PIECE_CHARACTERS: Final = 64
#: Extra bytes in the compatibility form of a text over those of two pieces: a mark after the cut can keep the
#: character before it from being composed. The largest difference is that of U+0DDD, 9 bytes to 3.
_CUT_BYTES: Final = 6
#: A piece that decomposes to this many characters per character is not composed again. Hangul has up to 3.
_EXPANDED: Final = 4


def estimate_tokens(body: Mapping[str, object]) -> int:
    """Input tokens of a Messages API body, for the old tokenizer; multiply by a model's tokenizer ratio.

    Counts system, messages, tools, images and documents. Never raises, whatever JSON `body` holds.
    """
    return estimate_inventory(take_inventory(body))


def estimate_inventory(inventory: Inventory) -> int:
    """The same for an inventory that was already taken."""
    texts = inventory.texts
    return _beside_texts(inventory) + estimate_text_tokens(texts[0] if len(texts) == 1 else "\n".join(texts))


def estimate_limit(inventory: Inventory) -> int:
    """At least the estimate, in a fraction of its time: a text has at most as many tokens as UTF-8 bytes."""
    texts = inventory.texts
    most = sum([len(text) if text.isascii() else _MOST_CHARACTER_BYTES * len(text) for text in texts])
    return _beside_texts(inventory) + most + len(texts)  # a line break between two texts


def _beside_texts(inventory: Inventory) -> int:
    """The estimated tokens of everything but the texts."""
    tokens = _REQUEST + _MESSAGE * inventory.messages + _BLOCK * inventory.blocks + inventory.walked
    if inventory.tools:
        tokens += _TOOL_PROMPT + _TOOL * inventory.tools + _CLIENT_TOOL * inventory.client_tools
    if inventory.blocks:
        tokens += sum(map(len, inventory.sealed)) // _SEALED_CHARACTERS
        tokens += sum(map(image_tokens, inventory.images)) + UNKNOWN_IMAGE_TOKENS * inventory.remote_images
        tokens += sum(map(pdf_tokens, inventory.pdfs)) + _REMOTE_PAGES * PDF_PAGE_TOKENS * inventory.remote_documents
    return tokens


def upper_bound_tokens(inventory: Inventory) -> int | None:
    """Input tokens that a body does not exceed with any tokenizer: a token is at least a byte of text.

    Returns None if the body holds content that cannot be counted here: URLs, file ids, server tools, MCP servers,
    threads, and PDFs, where a few bytes can draw any amount of text. The model's context window is then the bound.
    """
    if inventory.pdfs or not inventory.countable:
        return None
    text = sum(map(_most_bytes, inventory.texts)) + sum(map(_most_bytes, inventory.sealed)) + 8 * inventory.walked
    if inventory.cited:
        text *= 2
    return text + inventory.thread_tokens + MAX_IMAGE_TOKENS * len(inventory.images) + _frames(inventory)


def _frames(inventory: Inventory) -> int:
    frames = _MAX_REQUEST + _MAX_MESSAGE * inventory.messages + _MAX_BLOCK * inventory.blocks + len(inventory.texts)
    if inventory.tools:
        frames += _MAX_TOOL_PROMPT + _MAX_TOOL * inventory.tools + _MAX_CLIENT_TOOL * inventory.client_tools
    return frames


def _most_bytes(text: str) -> int:
    """An upper bound of the UTF-8 bytes of `text` and of its normal forms NFC and NFKC, which tokenizers may use.

    Takes linear time, since the text is normalised in pieces.
    """
    if text.isascii():
        return len(text)
    rest = text
    for sign in _SHRINKING:
        rest = rest.replace(sign, " ")
    removed = _bytes(text) - _bytes(rest)
    starts = range(0, len(rest), _PIECE_CHARACTERS)
    return removed + sum([_most_piece_bytes(rest[start : start + _PIECE_CHARACTERS], start > 0) for start in starts])


def _most_piece_bytes(piece: str, is_cut: bool) -> int:
    """The same for a piece of at most `_PIECE_CHARACTERS`. `is_cut` says that text precedes it."""
    size = _bytes(piece)
    if not is_normalized("NFKC", piece):
        normal = normalize("NFKD", piece)
        # Composing a piece that grew this much shortens it little and takes most of the time.
        if len(normal) < _EXPANDED * len(piece):
            normal = normalize("NFKC", piece)
        size = max(size, _bytes(normal))
        # NFC is longer than both if one sign shrinks in NFKC and another grows in either.
        if not is_normalized("NFC", piece):
            size = max(size, _bytes(normalize("NFC", piece)))
    starts_with_mark = is_cut and combining(normalize("NFKD", piece[0])[0])
    return size + _CUT_BYTES if starts_with_mark else size


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
