"""The caller's headers that are forwarded to Claude."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from model_router.domain.errors import InvalidRequest
from model_router.domain.requests.request import DEFAULT_API_VERSION, VERSION_HEADER

_PREFIX = "anthropic-"
#: The operator decides which account pays; the last is for browsers that call Anthropic's own servers.
_NOT_FORWARDED = (
    "anthropic-workspace-id",
    "anthropic-organization-id",
    "anthropic-dangerous-direct-browser-access",
)
_NAME = re.compile(r"[a-z0-9-]{1,100}")
_VALUE = re.compile(r"[\t\x20-\x7e]{1,8000}")


def all_headers(event: Mapping[str, Any]) -> dict[str, str]:
    """The headers of an API Gateway event, names in lower case. The lines of a repeated header are joined by commas.

    API Gateway keeps a name as the caller wrote it, so one header may come in two spellings. A test event may have
    either of the two forms of headers, or neither.
    """
    lines: dict[str, list[str]] = {}
    repeated: Mapping[str, Sequence[str] | None] = event.get("multiValueHeaders") or {}
    for name, values in repeated.items():
        lines.setdefault(name.lower(), []).extend(value for value in values or () if value)
    single: Mapping[str, str | None] = event.get("headers") or {}
    for name, value in single.items():
        if value and name not in repeated:
            lines.setdefault(name.lower(), []).append(value)
    return {name: ",".join(values) for name, values in lines.items() if values}


def api_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The caller's `anthropic-` headers, names in lower case, with the default API version if it sent none.

    Raises InvalidRequest for a header that cannot be forwarded, such as one that contains a line break.
    """
    forwarded: dict[str, str] = {VERSION_HEADER: DEFAULT_API_VERSION}
    for sent_name, value in headers.items():
        name = sent_name.lower()
        if not value or not name.startswith(_PREFIX) or name in _NOT_FORWARDED:
            continue
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            where = name if _NAME.fullmatch(name) else "an anthropic- header"
            raise InvalidRequest(
                f"{where}: contains characters that are not allowed in an HTTP header, or is too long. "
                "Send up to 8,000 printable ASCII characters."
            )
        forwarded[name] = value
    return forwarded
