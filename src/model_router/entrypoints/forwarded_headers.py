"""Which of a caller's headers go upstream to Claude."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from model_router.domain.errors import InvalidRequest
from model_router.domain.requests.request import DEFAULT_API_VERSION, VERSION_HEADER

_PREFIX = "anthropic-"
#: Whose account pays is the operator's to say; the last is a browser's word to Anthropic's own servers.
_KEPT_BACK = (
    "anthropic-workspace-id",
    "anthropic-organization-id",
    "anthropic-dangerous-direct-browser-access",
)
_NAME = re.compile(r"[a-z0-9-]{1,100}")
_VALUE = re.compile(r"[\t\x20-\x7e]{1,8000}")


def all_headers(event: Mapping[str, Any]) -> dict[str, str]:
    """The headers of an API Gateway event, names in lower case, values of several lines joined by commas.

    API Gateway keeps a name as the caller wrote it, so one header may be there under two spellings. A test event may
    have either of the two forms of headers, or neither.
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
    """Anthropic's headers of a caller, names in lower case; the version is there in any case.

    InvalidRequest: one of them cannot be passed on, such as one with a line break in it.
    """
    found: dict[str, str] = {VERSION_HEADER: DEFAULT_API_VERSION}
    for name, value in headers.items():
        _take(found, name, value)
    return found


def _take(found: dict[str, str], name: str, value: str) -> None:
    name = name.lower()
    if not value or not name.startswith(_PREFIX) or name in _KEPT_BACK:
        return
    if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        where = name if _NAME.fullmatch(name) else "an anthropic- header"
        raise InvalidRequest(
            f"{where}: contains characters that are not allowed in an HTTP header, or is too long. "
            "Send up to 8,000 printable ASCII characters."
        )
    found[name] = value
