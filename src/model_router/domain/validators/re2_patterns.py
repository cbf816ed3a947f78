"""Regular expressions with RE2, which takes linear time, and a limit on pattern size × text length."""

import dataclasses

import re2

from model_router.domain.validators.base import InvalidValidator, excerpt

#: The longest pattern in characters.
MAX_PATTERN = 2_000
#: The largest number of instructions in a compiled pattern. Three times `.{0,1000}` has 27,000.
MAX_PROGRAM = 10_000
#: The limit for instructions × characters, and RE2's speed when its automaton does not fit into its memory.
MAX_WORK = 200_000_000
_WORK_PER_SECOND = 250_000_000
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
    """A compiled pattern with `size` instructions."""

    text: str
    size: int
    regexp: "re2._Regexp"

    def affords(self, text: str) -> bool:
        """Whether `text` is short enough for this pattern."""
        return self.size * len(text) <= MAX_WORK

    def seconds(self, text: str) -> float:
        """The longest time that matching `text` may take."""
        return self.size * len(text) / _WORK_PER_SECOND

    def found_in(self, text: str, *, full: bool = False) -> bool:
        """Whether the pattern matches in `text`, or with `full` all of it."""
        data = encode(text)
        return (self.regexp.fullmatch(data) if full else self.regexp.search(data)) is not None


def compile_pattern(pattern: str, path: str = "pattern") -> Pattern:
    """Compiles a pattern. Raises InvalidValidator, which names the syntax that RE2 does not support."""
    if len(pattern) > MAX_PATTERN:
        raise InvalidValidator(f"has {len(pattern)} characters; at most {MAX_PATTERN} are allowed", path)
    options = re2.Options()
    options.max_mem = _MEMORY_BYTES
    options.log_errors = False
    options.never_capture = True
    try:
        regexp = re2.compile(pattern, options)
    except UnicodeEncodeError:
        raise InvalidValidator("has a lone surrogate; write the whole character", path) from None
    except re2.error as error:
        raise InvalidValidator(_explain(error, pattern), path) from None
    if regexp.programsize > MAX_PROGRAM:
        raise InvalidValidator("has too many repetitions ({…}); lower the counts", path)
    return Pattern(pattern, regexp.programsize, regexp)


def encode(text: str) -> bytes:
    """UTF-8 with U+FFFD for lone surrogates."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _explain(error: Exception, pattern: str) -> str:
    raw = error.args[0] if error.args else b""
    message = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
    reason, _, part = message.partition(": ")
    if "too large" in reason:
        return "is too large once compiled; lower the repetition counts"
    if reason == "invalid repetition size":
        return f"has too many repetitions ({excerpt(part, 20)}); {{n,m}} allows 1000, with nested ones multiplied"
    if reason == "invalid escape sequence" and part[1:2].isdigit():
        return f"uses a backreference ({part}), which RE2 does not support; list the alternatives"
    lacking = next((name for sign, name in _LACKING if part == sign), None)
    if lacking:
        return f"uses {lacking}, which RE2 does not support"
    if reason == "bad repetition operator":
        return f"uses {excerpt(part, 20)}; RE2 supports neither possessive nor doubled repetition"
    return f"is not a valid RE2 regular expression: {reason} at {excerpt(part or pattern, 30)}"
