"""API Gateway decompresses request bodies by their `content-encoding` before the integration sees them.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-make-request-with-compressed-payload.html
"""

import zlib

from devtools.http.messages import BodyTooLargeError

_WINDOW_BITS = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class NotInItsCodingError(Exception):
    """The coding is not supported, or the body is not in it."""


def decompressed(body: bytes, coding: str | None, limit: int) -> bytes:
    """The body as the integration gets it, at most `limit` bytes."""
    coding = (coding or "identity").strip().lower()
    if coding == "identity":
        return body
    if coding not in _WINDOW_BITS:
        raise NotInItsCodingError(coding)
    decompressor = zlib.decompressobj(_WINDOW_BITS[coding])
    try:
        plain = decompressor.decompress(body, limit + 1)
    except zlib.error:
        raise NotInItsCodingError(coding) from None
    if len(plain) > limit:
        raise BodyTooLargeError(f"a body of over {limit} bytes once it is decompressed")
    if not decompressor.eof:
        raise NotInItsCodingError(coding)
    return plain
