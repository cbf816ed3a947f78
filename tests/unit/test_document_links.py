"""README and the documents hang together: links lead somewhere, the index has every page, README every make target."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_PAGES = [PROJECT / "README.md", PROJECT / "examples" / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]


def prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """What a heading is called in an address, as GitHub makes it."""
    headings = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(prose(page)))
    return {heading.strip().replace(" ", "-") for heading in headings}


def broken(page: Path) -> list[str]:
    found = []
    for link in _LINK.findall(prose(page)):
        address, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", address):
            continue
        target = (page.parent / address).resolve() if address else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            found.append(link)
    return found


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_relative_link_leads_to_a_file_and_its_anchor_to_a_heading(page: Path) -> None:
    assert broken(page) == []


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
