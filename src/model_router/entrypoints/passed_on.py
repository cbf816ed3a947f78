"""Which of a caller's headers go upstream to Claude."""

from collections.abc import Mapping, Sequence

from model_router.domain.requests.request import DEFAULT_API_VERSION, VERSION_HEADER

_PREFIX = "anthropic-"
#: Whose account pays is the operator's to say; the last is a browser's word to Anthropic's own servers.
_KEPT_BACK = (
    "anthropic-workspace-id",
    "anthropic-organization-id",
    "anthropic-dangerous-direct-browser-access",
)


def api_headers(
    headers: Mapping[str, str | None] | None, repeated: Mapping[str, Sequence[str] | None] | None = None
) -> dict[str, str]:
    """Anthropic's headers of a caller, names in lower case; the version is there in any case.

    `repeated` is API Gateway's `multiValueHeaders`: a header that came several times is joined, as HTTP has it.
    """
    found: dict[str, str] = {VERSION_HEADER: DEFAULT_API_VERSION}
    for name, value in (headers or {}).items():
        _take(found, name, value)
    for name, values in (repeated or {}).items():
        _take(found, name, ",".join(value for value in values or () if value))
    return found


def _take(found: dict[str, str], name: str, value: str | None) -> None:
    name = name.lower()
    if value and name.startswith(_PREFIX) and name not in _KEPT_BACK:
        found[name] = value
