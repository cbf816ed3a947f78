"""Regular expressions by RE2: linear in the text whatever the pattern, within a bound on pattern × text."""

import dataclasses

import re2

from model_router.domain.validators.base import InvalidValidator, excerpt

#: Characters of a pattern.
MAX_PATTERN = 2_000
#: Instructions of a compiled pattern: `.{0,1000}` three times over is 27,000.
MAX_PROGRAM = 10_000
#: Instructions × characters, and how many of them RE2 does in a second where its automaton does not fit its memory.
MAX_WORK = 200_000_000
_WORK_A_SECOND = 250_000_000
_MEMORY_BYTES = 4 << 20

_LACKING = (
    ("(?=", "look-ahead, (?=…)"),
    ("(?!", "negative look-ahead, (?!…)"),
    ("(?<=", "look-behind, (?<=…)"),
    ("(?<!", "negative look-behind, (?<!…)"),
    ("(?>", "atomic groups, (?>…)"),
    ("(?(", "conditional groups, (?(…)…)"),
    ("(?#", "comments, (?#…)"),
    ("(?x", "the verbose flag, (?x)"),
    ("(?P", "named backreferences, (?P=…); a named group is (?P<name>…)"),
    ("\\Z", "\\Z; write \\z for the end of the text"),
    ("\\u", "\\u escapes; write \\x{…}"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. `size` is its number of instructions."""

    text: str
    size: int
    regexp: "re2._Regexp"

    def affords(self, text: str) -> bool:
        """Whether `text` is short enough for this pattern to be tried on it."""
        return self.size * len(text) <= MAX_WORK

    def seconds(self, text: str) -> float:
        """The longest that trying the pattern on `text` may take."""
        return self.size * len(text) / _WORK_A_SECOND

    def found_in(self, text: str, *, full: bool = False) -> bool:
        """Whether the pattern matches somewhere in `text` (`full`: all of it)."""
        data = encode(text)
        return (self.regexp.fullmatch(data) if full else self.regexp.search(data)) is not None


def compile_pattern(pattern: str, path: str = "pattern") -> Pattern:
    """The pattern, compiled; InvalidValidator names what RE2 does not have."""
    if len(pattern) > MAX_PATTERN:
        raise InvalidValidator(f"has {len(pattern)} characters; at most {MAX_PATTERN} are allowed", path)
    options = re2.Options()
    options.max_mem = _MEMORY_BYTES
    options.log_errors = False
    options.never_capture = True
    try:
        regexp = re2.compile(pattern, options)
    except UnicodeEncodeError:
        raise InvalidValidator("holds half of a surrogate pair; write the whole character", path) from None
    except re2.error as error:
        raise InvalidValidator(_explain(error, pattern), path) from None
    if regexp.programsize > MAX_PROGRAM:
        raise InvalidValidator("repeats too much ({…} inside or beside {…}); lower the counts", path)
    return Pattern(pattern, regexp.programsize, regexp)


def encode(text: str) -> bytes:
    """UTF-8; half of a surrogate pair, which UTF-8 cannot hold, becomes U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _explain(error: Exception, pattern: str) -> str:
    raw = error.args[0] if error.args else b""
    said = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
    reason, _, part = said.partition(": ")
    if "too large" in reason:
        return "is too large once compiled; lower the repetition counts"
    if reason == "invalid repetition size":
        return f"repeats too often ({excerpt(part, 20)}): {{n,m}} goes to 1000, nested ones multiplied"
    if reason == "invalid escape sequence" and part[1:2].isdigit():
        return f"uses a backreference ({part}), which RE2 does not have; match the alternatives one by one"
    lacking = next((name for sign, name in _LACKING if part == sign), None)
    if lacking:
        return f"uses {lacking}: RE2 does not have it"
    if reason == "bad repetition operator":
        return f"uses {excerpt(part, 20)}: RE2 has neither possessive nor doubled repetition"
    return f"is not a regular expression that RE2 accepts: {reason} at {excerpt(part or pattern, 30)}"
