"""Decompresses request bodies by their `content-encoding`."""

import zlib

from devtools.http.messages import BodyTooLargeError

_WINDOW_BITS = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class UnsupportedCodingError(Exception):
    """The coding is neither gzip, deflate nor identity."""


class InvalidBodyError(Exception):
    """The body is not valid in its coding."""


def decompress(body: bytes, coding: str | None, limit: int) -> bytes:
    """Return the plain body.

    Raises: UnsupportedCodingError; InvalidBodyError; BodyTooLargeError if the plain body is over `limit` bytes.
    """
    coding = (coding or "identity").strip().lower()
    if coding == "identity":
        return body
    if coding not in _WINDOW_BITS:
        raise UnsupportedCodingError(coding)
    decompressor = zlib.decompressobj(_WINDOW_BITS[coding])
    try:
        plain = decompressor.decompress(body, limit + 1)
    except zlib.error:
        raise InvalidBodyError(coding) from None
    if len(plain) > limit:
        raise BodyTooLargeError(f"the decompressed body is over {limit} bytes")
    if not decompressor.eof:
        raise InvalidBodyError(coding)
    return plain
