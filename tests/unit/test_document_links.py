"""The documents are consistent: links and citations exist, the index has every page, README every make target."""

import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_TOP = [
    PROJECT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md")
]
_PAGES = [*_TOP, *sorted((PROJECT / "docs").rglob("*.md"))]
_CITATION = re.compile(
    r"(?<![\w/.-])(?:docs|examples|tests)/[\w./-]+\.md|(?<![\w/.-])[A-Z]+\.md|docs/decisions/\d{4}|\bdecision \d+"
)
_CODE = (
    "src",
    "tools",
    "tests",
    "examples",
    "requirements",
    "template.yaml",
    "samconfig.toml",
    "Makefile",
    "pyproject.toml",
)


def prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the page's headings."""
    headings = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(prose(page)))
    return {heading.strip().replace(" ", "-") for heading in headings}


def broken(page: Path) -> list[str]:
    links = []
    for link in _LINK.findall(prose(page)):
        address, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", address):
            continue
        target = (page.parent / address).resolve() if address else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            links.append(link)
    return links


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_relative_link_leads_to_a_file_and_its_anchor_to_a_heading(page: Path) -> None:
    assert broken(page) == []


def exists(citation: str) -> bool:
    """Whether a citation such as `docs/api.md`, `docs/decisions/0012` or `decision 12` names an existing page."""
    number = re.search(r"(?:decisions/|decision )(\d+)$", citation)
    if number:
        return any((PROJECT / "docs" / "decisions").glob(f"{int(number[1]):04}-*.md"))
    return (PROJECT / citation).exists()


def code_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *_CODE], cwd=PROJECT, capture_output=True, text=True, check=True)
    return [PROJECT / name for name in listed.stdout.splitlines() if not name.endswith((".json", ".jsonl", ".gz"))]


def test_every_page_that_code_or_a_page_cites_exists() -> None:
    texts = {
        path: path.read_text(encoding="utf-8", errors="ignore")
        for path in [*code_files(), *_PAGES]
        if path != Path(__file__)
    }
    missing = {
        f"{path.relative_to(PROJECT)}: {citation}"
        for path, text in texts.items()
        for citation in _CITATION.findall(text)
        if not exists(citation)
    }
    assert len(texts) > 800
    assert missing == set()


@pytest.mark.parametrize("citation", ["docs/none.md", "NONE.md", "docs/decisions/9999", "decision 9999"])
def test_a_citation_of_a_page_that_does_not_exist_is_found(citation: str) -> None:
    assert _CITATION.findall(f"As {citation} says.") == [citation]
    assert not exists(citation)


def test_the_index_names_every_page() -> None:
    index = PROJECT / "docs" / "README.md"
    linked = {(index.parent / link).resolve() for link in _LINK.findall(prose(index)) if ":" not in link}
    pages = {page for page in _PAGES if page != index and page.parent.name != "decisions"}
    assert pages - linked == set()


def test_the_table_of_commands_has_every_target_that_make_help_lists() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):.*## ", makefile, re.MULTILINE))
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## Commands")[2].partition("\n## ")[0]
    assert "run" in targets
    assert targets == set(re.findall(r"`make ([a-z0-9-]+)", table))


def test_the_diagram_has_every_function_table_queue_bucket_and_topic_of_the_template() -> None:
    template = (PROJECT / "template.yaml").read_text(encoding="utf-8")
    kinds = "Serverless::Function|DynamoDB::Table|SQS::Queue|S3::Bucket|SNS::Topic"
    resources = re.findall(rf"^  (\w+):\n    Type: AWS::(?:{kinds})$", template, re.MULTILINE)
    assert len(resources) > 15
    page = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert [name for name in resources if name not in page] == []
