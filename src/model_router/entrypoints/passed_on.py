"""Which of a caller's headers go upstream to Claude."""

import re
from collections.abc import Mapping, Sequence

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


def api_headers(
    headers: Mapping[str, str | None] | None, repeated: Mapping[str, Sequence[str] | None] | None = None
) -> dict[str, str]:
    """Anthropic's headers of a caller, names in lower case; the version is there in any case.

    `repeated` is API Gateway's `multiValueHeaders`: a header that came several times is joined, as HTTP has it.
    InvalidRequest: one of them cannot be passed on, such as one with a line break in it.
    """
    found: dict[str, str] = {VERSION_HEADER: DEFAULT_API_VERSION}
    for name, value in (headers or {}).items():
        _take(found, name, value)
    for name, values in (repeated or {}).items():
        _take(found, name, ",".join(value for value in values or () if value))
    return found


def _take(found: dict[str, str], name: str, value: str | None) -> None:
    name = name.lower()
    if not value or not name.startswith(_PREFIX) or name in _KEPT_BACK:
        return
    if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        where = name if _NAME.fullmatch(name) else "an anthropic- header"
        raise InvalidRequest(f"{where}: holds what a header cannot. Send up to 8,000 printable ASCII characters.")
    found[name] = value
