"""SQLite as a parser: it parses statements and looks up their names, and neither plans nor runs anything."""

import re
from typing import TYPE_CHECKING

from model_router.domain.validators.base import excerpt
from model_router.domain.validators.budget import Budget
from model_router.domain.validators.sql_text import without_comments

if TYPE_CHECKING:
    import sqlite3

#: Characters of SQL and statements that are looked at.
MAX_SQL = 50_000
MAX_STATEMENTS = 50
#: Seconds that SQLite may take to parse one statement and look up its names, and to make the schema's tables.
_SECONDS = 0.15
#: Bytes that SQLite may use at once, in the whole process.
_MAX_BYTES = 64 << 20
#: SQLite's words for what is not a matter of syntax: the table is not there, since no schema was given.
OF_SCHEMA: tuple[str, ...] = (
    "no such table",
    "no such column",
    "no such function",
    "no such index",
    "no such view",
    "no such module",
)
OF_SCHEMA += ("no such collation", "unknown database", "no such trigger")
_DENIED = "not authorized"
#: What precedes a query so that its names are looked up.
_UNION = "SELECT 1 UNION ALL SELECT 1 FROM"
#: SQLite's words for text that is no query: the rest of an INSERT may be more than its rows' query.
_NO_QUERY = ("syntax error", "incomplete input", "stack overflow")
_NO_TOKEN = "unrecognized token"  # noqa: S105
TOO_LARGE = "out of memory"
#: The first word of a statement, and where the query of an INSERT begins. Possessive, hence linear.
_FIRST_WORD = re.compile(r"(?:\s++|--[^\n]*+|(?>/\*.*?\*/))*+(\w+)", re.DOTALL)
_QUERY = re.compile(r"\b(?:SELECT|VALUES|WITH)\b", re.IGNORECASE)
#: What SQLite cannot be given: NUL, and halves of surrogate pairs.
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_MASTERS = {"sqlite_master", "sqlite_temp_master", "sqlite_sequence"}


def statements_of(code: str) -> list[str]:
    """The statements of a script, split where SQLite says that one is complete."""
    import sqlite3  # noqa: PLC0415  loaded with the first of these validators

    made: list[str] = []
    begun = ""
    for piece in code.split(";"):
        begun = f"{begun};{piece}" if begun else piece
        if sqlite3.complete_statement(_NO_TEXT.sub(" ", begun) + ";"):
            made.append(begun)
            begun = ""
        if len(made) > MAX_STATEMENTS:
            break
    made.append(begun)
    return [statement for statement in made if without_comments(statement)]


def first_error(statements: list[str], schema: str | None, budget: Budget) -> str:
    """What SQLite says of the first statement that it does not take; empty where it takes all. Raises OutOfTime."""
    import sqlite3  # noqa: PLC0415

    # What the answer makes itself is not there to be found: nothing is run.
    strict = schema is not None and not any(without_comments(made)[:6].upper() == "CREATE" for made in statements)
    connection = _database()
    try:
        budget.check(_SECONDS)
        connection.executescript(schema or "")
        for statement in statements:
            budget.check(_SECONDS)
            said = _said(connection, statement)
            if said and (strict or not said.startswith(OF_SCHEMA)):
                return said
    except (UnicodeEncodeError, ValueError):
        return "it holds characters that SQL cannot"
    except sqlite3.Error as error:
        return str(error)
    finally:
        connection.close()
    return ""


def _said(connection: "sqlite3.Connection", statement: str) -> str:
    """What is wrong with a statement: its syntax first, then the names and columns of its query. Neither is planned:
    planning may take SQLite any time and memory, and cannot be interrupted.
    """
    query = _query_of(statement)
    no_table = "SELECT" not in statement.upper()  # VALUES alone: nothing to plan
    said = _refusal(connection, statement, 1 if no_table else 0)
    if said or not query:
        return said
    # The names of both parts of a UNION are looked up before SQLite asks whether it may go on with the first part.
    said = _refusal(connection, f"{_UNION} ({query}\n)", 1)
    return "" if said.endswith(_NO_QUERY) or said.startswith(_NO_TOKEN) else said


def _query_of(statement: str) -> str:
    """The query that a statement is, or that an INSERT takes its rows from; empty where it has none."""
    first = _FIRST_WORD.match(statement)
    word = first.group(1).upper() if first else ""
    if first and word in ("SELECT", "VALUES", "WITH"):
        return statement[first.start(1) :]
    rows = _QUERY.search(statement, first.end()) if first and word in ("INSERT", "REPLACE") else None
    return statement[rows.start() :] if rows else ""


def _refusal(connection: "sqlite3.Connection", statement: str, selects: int) -> str:
    """The error of preparing a statement up to its `selects`-th SELECT; empty where there is none."""
    import sqlite3  # noqa: PLC0415

    allowed = iter(range(selects))

    def only_parse(action: int, first: str | None, second: str | None, database: str | None, inner: str | None) -> int:
        """Pragmas act while they are prepared, and files are not SQL's business here."""
        if action in (sqlite3.SQLITE_PRAGMA, sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH):
            return sqlite3.SQLITE_DENY
        planned = action == sqlite3.SQLITE_SELECT and next(allowed, None) is None
        return sqlite3.SQLITE_DENY if planned else sqlite3.SQLITE_OK

    connection.set_authorizer(only_parse)
    try:
        connection.execute(f"EXPLAIN {statement}").close()
    except sqlite3.Error as error:
        return "" if str(error) == _DENIED else str(error)
    except MemoryError:
        return TOO_LARGE
    return ""


def _database() -> "sqlite3.Connection":
    """An empty database in memory, its limits low."""
    import sqlite3  # noqa: PLC0415

    connection = sqlite3.connect(":memory:")
    for limit, value in (
        (sqlite3.SQLITE_LIMIT_SQL_LENGTH, MAX_SQL + 20_000),
        (sqlite3.SQLITE_LIMIT_LENGTH, 1_000_000),
        (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 200),
        (sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 50),
        (sqlite3.SQLITE_LIMIT_VDBE_OP, 100_000),
        (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
        (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
    ):
        connection.setlimit(limit, value)
    connection.execute(f"PRAGMA hard_heap_limit = {_MAX_BYTES}").close()
    return connection


def _only_tables(action: int, first: str | None, second: str | None, database: str | None, inner: str | None) -> int:
    """A schema makes tables and indexes: it fills none, and has no view or trigger that would unfold in a query."""
    import sqlite3  # noqa: PLC0415

    if action in (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_READ):
        own = first in _MASTERS or action == sqlite3.SQLITE_READ
        return sqlite3.SQLITE_OK if own else sqlite3.SQLITE_DENY
    made = (sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_REINDEX)
    return sqlite3.SQLITE_OK if action in (*made, sqlite3.SQLITE_FUNCTION) else sqlite3.SQLITE_DENY


def wrong_schema(schema: str) -> str:
    import sqlite3  # noqa: PLC0415

    connection = _database()
    try:
        connection.set_authorizer(_only_tables)
        connection.executescript(schema)
    except (sqlite3.Error, UnicodeEncodeError, ValueError) as error:
        return excerpt(str(error), 120)
    finally:
        connection.close()
    return ""
