"""Reads SQL as text: comments, and the size of its common table expressions once expanded."""

import re
from collections import Counter
from collections.abc import Iterator

# The alternatives begin with different characters, and an unclosed part is bounded or runs to the end once, so `re`
# takes linear time.
_TOKEN = re.compile(
    r"--[^\n]*|/\*.*?(?:\*/|\Z)|(?P<name>'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|\[[^\]]{0,200}\]|\w+)"
    r"|(?P<sign>[(),.])|\s+|.",
    re.DOTALL,
)


def without_comments(statement: str) -> str:
    """The statement without `--` comments, on one line."""
    lines = (line.partition("--")[0].strip() for line in statement.splitlines())
    return " ".join(line for line in lines if line)


def unfolded(statement: str) -> float:
    """An upper bound of the copies of table expressions that SQLite makes.

    SQLite copies an expression for each of its uses, before the authorizer is asked: twenty expressions that each use
    the previous one twice are a million selects. The bound is the product of the uses of all defined names; a name that
    is defined several times counts as several names.
    """
    tokens = list(_tokens(statement))
    defined = Counter(_defined(tokens))
    if not defined:
        return 1
    used = Counter(
        word for place, word in enumerate(tokens) if word in defined and tokens[place + 1 : place + 2] != ["."]
    )
    copies = 1.0
    for name, times in defined.items():
        copies *= max(1.0, (used[name] - times) / times) ** min(times, 1_000)
        if copies > 1e12:
            break
    return copies


def _tokens(statement: str) -> Iterator[str]:
    """Names in lower case without quotation marks, and the signs `( ) , .`."""
    for match in _TOKEN.finditer(statement):
        if match.group("sign"):
            yield match.group()
        elif name := match.group("name"):
            yield (name[1:-1] if name[0] in "'\"`[" else name).lower() or "''"


def _defined(tokens: list[str]) -> Iterator[str]:
    """The names before `AS (`, `AS MATERIALIZED (` and `(a, b) AS (`."""
    for place, word in enumerate(tokens):
        if word != "as" or not place:
            continue
        after = [word for word in tokens[place + 1 : place + 4] if word not in ("not", "materialized")]
        if after[:1] != ["("]:
            continue
        at = place - 1
        if tokens[at] == ")":
            while at > 0 and tokens[at] != "(":
                at -= 1
            at -= 1
        if at >= 0:
            yield tokens[at]
