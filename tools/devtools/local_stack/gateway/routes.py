"""Which route a request takes, in API Gateway's order: exact parts, then ``{name}``, then ``{name+}``."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from devtools.local_stack.template.api import Route


@dataclass(frozen=True, slots=True)
class Match:
    """A route and the values that its path's variables took."""

    route: Route
    path_parameters: dict[str, str]


class RouteTable:
    """The routes of one API, ready to be matched."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_path: dict[str, dict[str, Route]] = {}
        for route in routes:
            self._by_path.setdefault(route.path, {})[route.method] = route
        self._patterns = sorted((path for path in self._by_path if "{" in path), key=_specificity)

    def match(self, method: str, path: str) -> Match | None:
        """The route for it, or None. The path is settled before the method, as in API Gateway."""
        if path in self._by_path:
            return _of_method(self._by_path[path], method, {})
        for pattern in self._patterns:
            values = _values(pattern, path)
            if values is not None:
                return _of_method(self._by_path[pattern], method, values)
        return None


def _of_method(methods: dict[str, Route], method: str, values: dict[str, str]) -> Match | None:
    route = methods.get(method) or methods.get("ANY")
    return Match(route, values) if route else None


def _specificity(pattern: str) -> list[int]:
    """Sorts exact parts before variables, and greedy variables last, part by part."""
    return [2 if part.endswith("+}") else 1 if part.startswith("{") else 0 for part in pattern.split("/")]


def _values(pattern: str, path: str) -> dict[str, str] | None:
    wanted, given = pattern.strip("/").split("/"), path.strip("/").split("/")
    values: dict[str, str] = {}
    for index, part in enumerate(wanted):
        if part.endswith("+}"):
            rest = "/".join(given[index:])
            return {**values, part[1:-2]: unquote(rest)} if rest else None
        if index >= len(given):
            return None
        if part.startswith("{"):
            values[part[1:-1]] = unquote(given[index])
        elif part != given[index]:
            return None
    return values if len(wanted) == len(given) else None
