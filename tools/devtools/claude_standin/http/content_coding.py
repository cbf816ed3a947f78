"""Request bodies that came compressed.

Source: the error classes of Anthropic's SDK 2.14 (`request_body_encoding_*`, `request_body_too_large_after_decoding`).
"""

import gzip
import zlib

from devtools.claude_standin.errors import ApiError

MAX_BYTES = 32 * 1024 * 1024


def decoded(raw: bytes, coding: str | None) -> bytes:
    """The body without its `content-encoding`."""
    coding = (coding or "identity").strip().lower()
    if coding == "identity":
        return raw
    if coding not in {"gzip", "deflate"}:
        details = {"error_code": "request_body_encoding_unsupported"}
        raise ApiError(400, f"Unsupported Content-Encoding: {coding}", details=details)
    try:
        plain = gzip.decompress(raw) if coding == "gzip" else zlib.decompress(raw)
    except (OSError, EOFError, zlib.error):
        details = {"error_code": "request_body_encoding_invalid"}
        raise ApiError(400, f"The request body is not valid {coding}", details=details) from None
    if len(plain) > MAX_BYTES:
        raise ApiError(413, details={"error_code": "request_body_too_large_after_decoding"})
    return plain
