"""Tokens of images and PDFs, from their first bytes, without an image or PDF library and without decoding them whole.

An image costs one token per 28 x 28 pixel patch, after it was scaled down to fit 1,568 pixels on the long edge and
1,568 tokens (2,576 and 4,784 on Opus 4.7 and later). A PDF page costs its picture and its text, 1,500 to 3,000 tokens.
Sources (2026-11-22): Anthropic's vision and PDF pages; count_tokens measurements published for Haiku 4.5 and the 5.5
line, which 28-pixel patches reproduce to the token (the older "width x height / 750" is about 4 % higher).
"""

import binascii
import re
from math import ceil, sqrt
from typing import Final

#: Tokens of an image of unknown size.
UNKNOWN_IMAGE_TOKENS: Final = 1600
#: The most that any model charges for one image (2,576 pixels on the long edge).
MAX_IMAGE_TOKENS: Final = 4784
#: Tokens of a PDF page with its text (2,100 to 2,280 measured on Haiku 4.5).
PDF_PAGE_TOKENS: Final = 2100
#: The largest number of pages in a request.
MAX_PDF_PAGES: Final = 600

_PATCH: Final = 28
_LONG_EDGE: Final = 1568
_MAX_TOKENS: Final = 1568
#: Characters of base64 that are decoded: a multiple of 4. A JPEG's metadata precedes its size.
_HEAD: Final = 4096
_LONG_HEAD: Final = 262_144
#: Assumed bytes per page of a PDF whose page tree cannot be read.
_PDF_BYTES_PER_PAGE: Final = 50_000
_PDF_WINDOW: Final = 65_536
_PDF_PAGES: Final = re.compile(rb"/Count\s{1,4}(\d{1,5})\b|/N\s{1,4}(\d{1,5})\s?/[TEHO]\b")
_JPEG_SIZE_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE_MARKERS: Final = frozenset({0x01, *range(0xD0, 0xD9)})


def image_tokens(data: str) -> int:
    """Tokens of a base64 image on a model with the old tokenizer, or UNKNOWN_IMAGE_TOKENS if its size is unreadable."""
    size = _image_size(decode(data[:_HEAD]))
    if size is None and data.startswith("/9j/"):
        size = _image_size(decode(data[:_LONG_HEAD]))
    if size is None or min(size) < 1:
        return UNKNOWN_IMAGE_TOKENS
    return _patches(*_scaled(*size))


def pdf_tokens(data: str) -> int:
    """Tokens of a base64 PDF, by the page count in its first or last bytes, otherwise by its size."""
    head = data[:_PDF_WINDOW]
    tail = data[max(_PDF_WINDOW, (len(data) - _PDF_WINDOW) // 4 * 4) :]
    pages = _pdf_pages(decode(head), decode(tail)) or ceil(len(data) * 3 / 4 / _PDF_BYTES_PER_PAGE)
    return PDF_PAGE_TOKENS * min(max(pages, 1), MAX_PDF_PAGES)


def decode(data: str) -> bytes:
    """The bytes of a base64 text that may be cut anywhere, or none if it is not base64."""
    try:
        return binascii.a2b_base64(data[: len(data) // 4 * 4])
    except ValueError:  # binascii.Error, or characters beyond ASCII
        return b""


def _pdf_pages(*parts: bytes) -> int:
    return max((int(a or b) for part in parts for a, b in _PDF_PAGES.findall(part)), default=0)


def _scaled(width: int, height: int) -> tuple[float, float]:
    scale = min(1.0, _LONG_EDGE / max(width, height))
    # The largest scale at which the patches fit: a first guess by area, then small steps.
    scale = min(scale, sqrt(_MAX_TOKENS * _PATCH * _PATCH / (width * height)))
    while _patches(width * scale, height * scale) > _MAX_TOKENS:
        scale *= 0.995
    return width * scale, height * scale


def _patches(width: float, height: float) -> int:
    return max(1, ceil(width / _PATCH - 1e-9)) * max(1, ceil(height / _PATCH - 1e-9))


def _image_size(head: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, of a PNG, GIF, WebP or JPEG."""
    if head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) >= 24:
        return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
    if head.startswith((b"GIF87a", b"GIF89a")) and len(head) >= 10:
        return int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP" and len(head) >= 30:
        return _webp_size(head)
    if head.startswith(b"\xff\xd8"):
        return _jpeg_size(head)
    return None


def _webp_size(head: bytes) -> tuple[int, int] | None:
    kind = head[12:16]
    if kind == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF
    return None


def _jpeg_size(head: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(head):
        if head[at] != 0xFF:
            return None
        marker = head[at + 1]
        if marker in _JPEG_SIZE_MARKERS:
            return int.from_bytes(head[at + 7 : at + 9]), int.from_bytes(head[at + 5 : at + 7])
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _JPEG_BARE_MARKERS:
            at += 2
        else:
            at += 2 + max(2, int.from_bytes(head[at + 2 : at + 4]))
    return None
