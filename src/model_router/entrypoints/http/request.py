"""What the routes read of an API Gateway event."""

import base64
import zlib

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from model_router.domain import json_codec
from model_router.domain.errors import InvalidRequest, RequestTooLarge
from model_router.domain.requests.header_options import HeaderOptions
from model_router.entrypoints.forwarded_headers import all_headers, api_headers
from model_router.entrypoints.http.callers import checked_client
from model_router.entrypoints.idempotency_keys import HEADER, RETRY_HEADER

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


MAX_BODY_BYTES = 4_500_000
"""What Lambda's 6 MB leave for a body once API Gateway has escaped it into an event."""


class HttpRequest:
    """An HTTP request. Its properties and methods raise InvalidRequest for values that cannot be used."""

    __slots__ = ("_event", "_headers", "_options")

    def __init__(self, event: APIGatewayProxyEvent) -> None:
        self._event = event
        self._headers: dict[str, str] | None = None
        self._options: HeaderOptions | None = None

    @property
    def headers(self) -> dict[str, str]:
        """All headers, names in lower case. The lines of a repeated header are joined by commas."""
        if self._headers is None:
            self._headers = all_headers(self._event.raw_event)
        return self._headers

    @property
    def client(self) -> str:
        """The API key's id, never the key; or the name of the caller that API Gateway has checked otherwise."""
        return checked_client(self._event.raw_event, self._event.request_context.identity.api_key_id)

    @property
    def options(self) -> HeaderOptions:
        """The options for the router that came as headers."""
        if self._options is None:
            self._options = HeaderOptions.of(self.headers)
        return self._options

    @property
    def idempotency_key(self) -> str | None:
        return self.headers.get(HEADER)

    @property
    def retry_count(self) -> str | None:
        return self.headers.get(RETRY_HEADER)

    @property
    def api_headers(self) -> dict[str, str]:
        """The headers that are forwarded to Claude."""
        return api_headers(self.headers)

    @property
    def gateway_id(self) -> str:
        """API Gateway's id of the request."""
        return self._event.request_context.request_id or "unknown"

    def body(self, *, exact: bool = False, verbatim: bool = False) -> dict[str, object]:
        """The JSON object in the body, its numbers as in `json_codec.loads_object`. RequestTooLarge, InvalidRequest."""
        text = self._text()
        if not text:
            raise InvalidRequest("The request has no body. Send a JSON object.")
        if len(text) > MAX_BODY_BYTES or len(text.encode(errors="replace")) > MAX_BODY_BYTES:
            raise RequestTooLarge(
                f"The request body exceeds {MAX_BODY_BYTES:,} bytes. To send a larger one, request an upload URL: "
                'POST /v1/jobs with {"upload": true}.'
            )
        return json_codec.loads_object(text, exact=exact, verbatim=verbatim)

    def _text(self) -> str:
        """The body. API Gateway has decompressed a body that it passes as text; one in base64 it has not."""
        body: str = self._event.raw_event.get("body") or ""
        if not self._event.is_base64_encoded:
            return body
        try:
            coded = base64.b64decode(body, validate=True)
            return decoded(coded, self.headers.get("content-encoding", ""), MAX_BODY_BYTES).decode()
        except ValueError:  # invalid base64, or bytes that are not UTF-8
            raise InvalidRequest("The request body is not UTF-8. Send JSON encoded as UTF-8.") from None
