"""`python -m devtools.plain_words [PATH …]`: exits 1 and lists each idiom of words.toml that the files contain.

Without a path: every tracked Python and Markdown file.
"""

import io
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_INLINE_CODE = re.compile(r"`[^`\n]*`")
_STRINGS = {tokenize.STRING, tokenize.FSTRING_MIDDLE}


@dataclass(slots=True)
class AllowedText:
    """A passage that may contain an idiom: `text` is part of the line, `file` a path from the project's root."""

    file: str
    text: str
    reason: str
    used: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Idioms as (pattern, what to write instead), and the passages that are allowed all the same."""

    idioms: list[tuple[re.Pattern[str], str]]
    exceptions: list[AllowedText] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Finding:
    """An idiom in a line of a file; lines count from 1."""

    file: str
    line: int
    text: str
    instead: str


def read_words(path: Path) -> Words:
    """Reads words.toml. Raises KeyError where an entry lacks a field."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    idioms = [(re.compile(entry["pattern"], re.IGNORECASE), entry["instead"]) for entry in data["idiom"]]
    exceptions = [AllowedText(entry["file"], entry["text"], entry["reason"]) for entry in data.get("exception", [])]
    return Words(idioms, exceptions)


def search(file: str, text: str, words: Words) -> list[Finding]:
    """The idioms in a Python or Markdown file, in the order of their lines."""
    prose = _python_prose(text) if file.endswith(".py") else _markdown_prose(text)
    findings = []
    for line, passage in prose:
        for pattern, instead in words.idioms:
            for match in pattern.finditer(passage):
                start = passage.rfind("\n", 0, match.start()) + 1
                end = passage.find("\n", match.end())
                whole_line = passage[start : end if end >= 0 else None]
                if not _allowed(file, whole_line, words):
                    findings.append(Finding(file, line + passage.count("\n", 0, match.start()), match[0], instead))
    return findings


def _allowed(file: str, line: str, words: Words) -> bool:
    for exception in words.exceptions:
        if exception.file == file and exception.text in line:
            exception.used = True
            return True
    return False


def _markdown_prose(text: str) -> Iterator[tuple[int, str]]:
    """The document as one passage, its code blanked so that line numbers stay."""
    without_fences = _FENCE.sub(lambda block: "\n" * block[0].count("\n"), text)
    yield 1, _INLINE_CODE.sub("", without_fences)


def _python_prose(text: str) -> Iterator[tuple[int, str]]:
    """Comments, strings of more than one word, and the names of test functions."""
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == tokenize.COMMENT or (token.type in _STRINGS and " " in token.string):
            yield token.start[0], _INLINE_CODE.sub("", token.string)
        elif token.type == tokenize.NAME and token.string.startswith("test_") and before and before.string == "def":
            yield token.start[0], token.string.replace("_", " ")


PROJECT = Path(__file__).resolve().parents[3]


def main(arguments: list[str]) -> int:
    words = read_words(Path(__file__).with_name("words.toml"))
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", *(arguments or ["*.py", "*.md"])],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [PROJECT / name for name in tracked.stdout.splitlines() if name.endswith((".py", ".md"))]
    findings: list[Finding] = []
    for path in paths:
        if path.exists():
            findings += search(str(path.relative_to(PROJECT)), path.read_text(encoding="utf-8"), words)
    for finding in findings:
        print(f"{finding.file}:{finding.line}: {finding.text!r}: write {finding.instead}")
    unused = [] if arguments else [exception for exception in words.exceptions if not exception.used]
    for exception in unused:
        print(f"words.toml: the exception {exception.text!r} in {exception.file} matches nothing: remove it")
    print(f"plain words: {len(paths)} files, {len(findings)} idioms")
    return 1 if findings or unused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
