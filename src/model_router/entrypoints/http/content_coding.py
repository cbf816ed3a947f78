"""Request bodies that came compressed: `content-encoding: gzip` or `deflate`."""

import zlib

from model_router.domain.errors import InvalidRequest, RequestTooLarge

_WINDOW_BITS = {
    "gzip": (16 + zlib.MAX_WBITS,),
    "x-gzip": (16 + zlib.MAX_WBITS,),
    # In zlib's format, as the standard has it, or without its frame, as some clients send it.
    "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS),
}
_ENCODINGS = "gzip, deflate or identity"


def decoded(body: bytes, coding: str, most: int) -> bytes:
    """The body without its content coding, in time and memory linear in `most`, the bytes that it may have then.

    InvalidRequest: the coding is not one that is known here, or the body is not in it. RequestTooLarge.
    """
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        return body
    if coding not in _WINDOW_BITS:
        raise InvalidRequest(
            f"The request's Content-Encoding is not supported. Use {_ENCODINGS}.",
            details={"error_code": "request_body_encoding_unsupported"},
        )
    for window_bits in _WINDOW_BITS[coding]:
        plain = _decompressed(body, window_bits, most)
        if plain is not None:
            return plain
    raise InvalidRequest(
        f"The request body is not valid {coding}, which its Content-Encoding names.",
        details={"error_code": "request_body_encoding_invalid"},
    )


def _decompressed(body: bytes, window_bits: int, most: int) -> bytes | None:
    """The plain bytes; None where the body is not one whole compressed stream."""
    decompressor = zlib.decompressobj(window_bits)
    try:
        plain = decompressor.decompress(body, most + 1)
    except zlib.error:
        return None
    if len(plain) > most:
        raise RequestTooLarge(
            f"The request body is larger than {most:,} bytes once it is decompressed, which is what can be taken here. "
            'POST /v1/jobs with {"upload": true} gives an address to upload a larger one to.',
            details={"error_code": "request_body_too_large_after_decoding"},
        )
    return plain if decompressor.eof and not decompressor.unused_data else None
