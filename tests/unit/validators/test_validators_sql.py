"""SQL is parsed and its names are looked up, in bounded time, since nothing is planned."""

import time

import pytest

from model_router.domain.validators import build

SCHEMA = "CREATE TABLE users (id INTEGER, name TEXT); CREATE TABLE orders (id INTEGER, user_id INTEGER, total REAL);"
INDEXED = "CREATE TABLE t (a INTEGER, b INTEGER, c AS (a + a), d AS (c + c));" + ";".join(
    f"CREATE INDEX i{n} ON t (a, b)" for n in range(200)
)


def layers(levels: int) -> str:
    """Subqueries that SQLite's planner would fold into one expression of 8 ** levels parts."""
    return "SELECT a FROM " + "(SELECT a+a+a+a+a+a+a+a AS a FROM " * levels + "t" + ")" * levels


def joins(tables: int, ors: int) -> str:
    terms = " AND ".join(
        "(" + " OR ".join(f"t{n}.a = t{(n * 7 + k) % tables}.b" for k in range(ors)) + ")" for n in range(tables)
    )
    return f"SELECT 1 FROM {', '.join(f't t{n}' for n in range(tables))} WHERE {terms}"


HOSTILE_SQL = [
    layers(12),
    f"INSERT INTO t (a) {layers(12)}",
    f"UPDATE t SET a = ({layers(12)})",
    f"DELETE FROM t WHERE a IN ({layers(12)})",
    joins(60, 10),
    "SELECT 1 FROM t WHERE a IN (" + ", ".join(map(str, range(9_000))) + ")",
    "WITH " + ", ".join(f"a{n} AS (SELECT a FROM t)" for n in range(1_000)) + " SELECT * FROM a1",
    " UNION ".join(["SELECT a FROM t"] * 50),
    "SELECT " + ", ".join(f"sum(a + {n})" for n in range(1_500)) + " FROM t ORDER BY 1",
    "SELECT " + ", ".join(f"sum(a) OVER (PARTITION BY a + {n} ORDER BY b)" for n in range(900)) + " FROM t",
    "SELECT " + "(SELECT " * 3_000 + "1" + ")" * 3_000,
    "SELECT " + "-" * 30_000 + "1",
    "SELECT 1 WHERE " + "NOT " * 10_000 + "1",
    "SELECT * FROM " + "(" * 20_000 + "t" + ")" * 20_000,
    "SELECT CASE " + "WHEN 1 THEN CASE " * 3_000,
]


@pytest.mark.parametrize("schema", [{}, {"schema": INDEXED}], ids=["no schema", "schema"])
@pytest.mark.parametrize("answer", HOSTILE_SQL, ids=lambda text: text[:24])
def test_hostile_sql_is_parsed_in_bounded_time(answer: str, schema: dict[str, str]) -> None:
    validator = build({"type": "sql_parses", **schema})
    started = time.process_time()
    verdict = validator.check(f"```sql\n{answer}\n```", "")
    assert time.process_time() - started < 1
    assert verdict.code in {"ok", "syntax_error", "too_much_to_check"}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("INSERT INTO users (id, name) SELECT id, nme FROM orders", "not_in_schema"),
        ("INSERT INTO users (id, nme) VALUES (1, 'a'), (2, 'b')", "syntax_error"),
        ("INSERT INTO users VALUES (1, 'a'), (2, 'b', 3)", "syntax_error"),
        ("WITH big AS (SELECT totl FROM orders) SELECT * FROM big", "not_in_schema"),
        ("DELETE FROM orders WHERE user_id IN (SELECT idd FROM users)", "not_in_schema"),
        ("UPDATE users SET name = (SELECT totl FROM orders)", "not_in_schema"),
        ("SELECT id FROM users UNION SELECT id, name FROM users", "syntax_error"),
        ("SELECT id FROM users, orders", "syntax_error"),
        ("UPDATE users SET name = 'SELECT b FROM nowhere'", "ok"),
        ("/* with a */ SELECT id /* ) */ FROM orders -- from b", "ok"),
        ("INSERT INTO users -- with SELECT\n(id) VALUES ('SELECT nme FROM x')", "ok"),
        ("SELECT name FROM users WHERE id = ?1 AND name > :name", "ok"),
        ("INSERT INTO users SELECT id, total FROM orders WHERE true ON CONFLICT DO NOTHING RETURNING id", "ok"),
    ],
)
def test_names_are_looked_up_without_planning(answer: str, why: str) -> None:
    verdict = build({"type": "sql_parses", "schema": SCHEMA}).check(f"```sql\n{answer}\n```", "")
    assert verdict.code == why
