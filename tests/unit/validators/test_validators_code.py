"""Code and SQL that parse, found in fences and without."""

import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from model_router.domain.validators import InvalidValidator, build
from model_router.domain.validators.fences import fenced_blocks

SCHEMA = "CREATE TABLE users (id INTEGER, name TEXT); CREATE TABLE orders (id INTEGER, user_id INTEGER, total REAL);"


def python(answer: str) -> str:
    return build({"type": "code_parses", "language": "python"}).check(answer, "").code


def sql(answer: str, **options: Any) -> str:
    return build({"type": "sql_parses", **options}).check(answer, "").code


@pytest.mark.parametrize(
    "answer",
    [
        "x = 1\n",
        "Here it is:\n```python\ndef f(a: int) -> int:\n    return a + 1\n```\nand how to call it:\n```\n$ run f\n```",
        "```\nprint('hi')\n```",
        "```py\n    indented = 'as a whole'\n```",
        "```python\n>>> 1 + 1\n2\n```",
        "```python\npattern = '\\d'\n```",
        "````python\ntext = '''\n```\n'''\n````",
    ],
)
def test_python_that_parses_passes(answer: str) -> None:
    assert python(answer) == "ok"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("```python\ndef f(:\n    pass\n```", "syntax_error"),
        ("```python\nif x:\nprint(1)\n```", "syntax_error"),
        ("```python\nprint 'hi'\n```", "syntax_error"),
        ("```python\nx = 1\n```\n```python\ny = (\n```", "syntax_error"),
        ("```python\nx = (1,\n", "syntax_error"),
        ("I would write a loop.", "syntax_error"),
        ("x = '\0'", "syntax_error"),
        ("x = '\ud800'", "syntax_error"),
        ("(" * 5000, "syntax_error"),
        ("", "no_code"),
        ("```javascript\nlet a = 1\n```", "no_code"),
        ("x = 1\n" * 20_000, "too_much_to_check"),
    ],
)
def test_python_that_does_not_parse_fails(answer: str, why: str) -> None:
    assert python(answer) == why


def test_code_is_never_run(tmp_path: Path) -> None:
    made = tmp_path / "made"
    assert python(f"open({str(made)!r}, 'w')") == "ok"
    assert sql(f"ATTACH DATABASE '{made}' AS a; CREATE TABLE a.t (b)") == "ok"
    assert sql(f"VACUUM INTO '{made}'") == "ok"
    assert not made.exists()


def test_json_blocks_parse_strictly() -> None:
    check = build({"type": "code_parses", "language": "json"}).check
    assert check('Use this:\n```json\n{"a": 1}\n```\nas a start.', "").code == "ok"
    assert check("```json\n{'a': 1}\n```", "").code == "syntax_error"


def test_fences_are_read_as_in_markdown() -> None:
    blocks = fenced_blocks("a\n~~~SQL x\nb\n```\nc\n~~~\n```\nd")
    assert [(block.language, block.code) for block in blocks] == [("sql", "b\n```\nc"), ("", "d")]


@pytest.mark.parametrize(
    "answer",
    [
        "SELECT name FROM users WHERE id = 3",
        "```sql\n-- who spent most\nSELECT u.name, SUM(o.total) FROM users u JOIN orders o ON o.user_id = u.id\n"
        "GROUP BY u.name ORDER BY 2 DESC LIMIT 5;\n```",
        "INSERT INTO users VALUES (1, 'a;b'); DELETE FROM users",
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT * FROM n",
    ],
)
def test_sql_that_parses_passes_with_and_without_a_schema(answer: str) -> None:
    assert sql(answer) == sql(answer, schema=SCHEMA) == "ok"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("SELECT * FORM users", "syntax_error"),
        ("SELECT name, FROM users", "syntax_error"),
        ("SELECT name FROM users WHERE (id = 3", "syntax_error"),
        ("SELECT 1; SELEC 2", "syntax_error"),
        ("You can use a join.", "syntax_error"),
        ("SELECT " + "(" * 5000, "syntax_error"),
        ("", "no_sql"),
        ("```sql\n;\n```", "no_sql"),
        ("SELECT 1;" * 100, "too_much_to_check"),
        ("SELECT '" + "a" * 60_000 + "'", "too_much_to_check"),
    ],
)
def test_sql_that_does_not_parse_fails(answer: str, why: str) -> None:
    assert sql(answer) == why


def test_a_schema_finds_unknown_columns_and_tables() -> None:
    assert sql("SELECT nme FROM users") == "ok"
    assert sql("SELECT nme FROM users", schema=SCHEMA) == "not_in_schema"
    assert sql("SELECT name FROM people", schema=SCHEMA) == "not_in_schema"
    assert sql("CREATE TABLE people (name TEXT); SELECT name FROM people", schema=SCHEMA) == "ok"


@pytest.mark.parametrize(
    "schema",
    [
        "CREATE TABEL a (b)",
        "CREATE TABLE a (b); INSERT INTO a VALUES (1)",
        "CREATE TABLE a AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n",
        "PRAGMA user_version = 3",
        "CREATE TABLE a (b); CREATE VIEW v AS SELECT b FROM a",
        "ATTACH 'x' AS y",
    ],
)
def test_a_schema_defines_tables_and_does_nothing_else(schema: str) -> None:
    with pytest.raises(InvalidValidator, match="schema: SQLite does not accept it"):
        build({"type": "sql_parses", "schema": schema})


def doubling(names: list[str]) -> str:
    """Table expressions of which each uses the one before it twice."""
    made = [f"{names[0]} AS (SELECT 1 AS c)"]
    made += [f"{now} AS (SELECT 1 AS c FROM {before} x, {before} y)" for before, now in pairwise(names)]
    return f"WITH {', '.join(made)} SELECT * FROM {names[-1]}"


def nested(levels: int) -> str:
    return "WITH a AS (" * levels + "SELECT 1 AS c" + ") SELECT 1 AS c FROM a x, a y" * levels


@pytest.mark.parametrize(
    "answer",
    [
        doubling([f"a{n}" for n in range(40)]),
        doubling([f'"a {n}"' for n in range(40)]),
        doubling([f"[a{n}]" for n in range(40)]).replace(" AS (", "/* ( */AS/**/("),
        doubling([f"A{n}" for n in range(40)]).replace("FROM A", "FROM a").replace(", A", ", a"),
        doubling([f"a{n}" for n in range(40)]).replace(" AS (S", "(c) AS NOT MATERIALIZED (S"),
        nested(40),
    ],
)
def test_exponential_table_expressions_are_refused(answer: str) -> None:
    started = time.process_time()
    assert sql(answer) == "too_much_to_check"
    assert time.process_time() - started < 2


def test_ordinary_table_expressions_are_accepted() -> None:
    answer = doubling(["first", "second", "third", "fourth"])
    assert sql(answer) == "ok"
