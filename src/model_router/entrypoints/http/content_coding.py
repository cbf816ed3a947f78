"""Compressed request bodies: `content-encoding: gzip` or `deflate`."""

import zlib

from model_router.domain.errors import InvalidRequest, RequestTooLarge

_WINDOW_BITS = {
    "gzip": (16 + zlib.MAX_WBITS,),
    "x-gzip": (16 + zlib.MAX_WBITS,),
    # In zlib's format, as the standard says, or without its frame, as some clients send it.
    "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS),
}


def decoded(body: bytes, coding: str, max_bytes: int) -> bytes:
    """The body without its content coding, in time and memory linear in `max_bytes`.

    Raises InvalidRequest if the coding is not supported or the body is not valid in it, and RequestTooLarge if the
    decoded body has more than `max_bytes`.
    """
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        return body
    if coding not in _WINDOW_BITS:
        raise InvalidRequest(
            "The request's Content-Encoding is not supported. Use gzip, deflate or identity.",
            details={"error_code": "request_body_encoding_unsupported"},
        )
    for window_bits in _WINDOW_BITS[coding]:
        plain = _decompressed(body, window_bits, max_bytes)
        if plain is not None:
            return plain
    raise InvalidRequest(
        f"The request body is not valid {coding}, although its Content-Encoding says so.",
        details={"error_code": "request_body_encoding_invalid"},
    )


def _decompressed(body: bytes, window_bits: int, max_bytes: int) -> bytes | None:
    """The plain bytes, or None if the body is not one whole compressed stream."""
    decompressor = zlib.decompressobj(window_bits)
    try:
        plain = decompressor.decompress(body, max_bytes + 1)
    except zlib.error:
        return None
    if len(plain) > max_bytes:
        raise RequestTooLarge(
            f"The decompressed request body exceeds {max_bytes:,} bytes. To send a larger one, request an upload URL: "
            'POST /v1/jobs with {"upload": true}.',
            details={"error_code": "request_body_too_large_after_decoding"},
        )
    return plain if decompressor.eof and not decompressor.unused_data else None
