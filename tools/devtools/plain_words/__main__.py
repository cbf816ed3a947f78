"""`python -m devtools.plain_words [PATH …]`: exits 1 and lists each idiom of words.toml that the files contain.

Without a path: every tracked Python and Markdown file.
"""

import subprocess
import sys
from pathlib import Path

from devtools.plain_words.search import Finding, read_words, search

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
