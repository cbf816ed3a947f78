"""`sql_parses`: the SQL in the answer is free of syntax errors, by SQLite's own parser. Nothing is ever run.

SQLite comes with Python. Other parsers were looked at: docs/decisions/0071.
"""

import dataclasses
import time
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from model_router.domain.validators.base import InvalidValidator, Spec, Validator, Verdict, excerpt, failed, passed
from model_router.domain.validators.fences import code_of
from model_router.domain.validators.sql_text import unfolded, without_comments

if TYPE_CHECKING:
    import sqlite3

#: Characters of SQL and statements that are looked at, and the time that SQLite gets for planning them.
_MAX_SQL = 50_000
_MAX_STATEMENTS = 50
_MAX_SEMICOLONS = 1_000
_SECONDS = 2.0
_MOST_UNFOLDED = 5_000
_NAMES = frozenset({"sql", "sqlite", "postgres", "postgresql", "mysql"})
#: SQLite's words for what is not a matter of syntax: the table is not there, since no schema was given.
_OF_SCHEMA: tuple[str, ...] = (
    "no such table",
    "no such column",
    "no such function",
    "no such index",
    "no such view",
    "no such module",
)
_OF_SCHEMA += ("no such collation", "unknown database", "no such trigger")
_DENIED = "not authorized"
_MASTERS = {"sqlite_master", "sqlite_temp_master", "sqlite_sequence"}


class SqlParsesSpec(Spec):
    """`schema`: CREATE TABLE statements, optional: with them, tables and columns must exist too.

    SQLite's dialect, most of which is common to all (what is not: `::int`, `ILIKE`, `TOP 5`, stored procedures: do not
    use this where answers hold them). The SQL is what stands in fences that say ```sql, else in unnamed ones, else the
    whole answer.
    """

    NAME: ClassVar[str] = "sql_parses"
    type: Literal["sql_parses"]
    definition: str | None = Field(default=None, alias="schema", min_length=1, max_length=20_000)

    def build(self) -> Validator:
        if self.definition is not None:
            wrong = _wrong_schema(self.definition)
            if wrong:
                raise InvalidValidator(f"SQLite does not take it: {wrong}", "schema")
        return SqlParses(self.definition)


@dataclasses.dataclass(frozen=True, slots=True)
class SqlParses:
    schema: str | None
    type: str = SqlParsesSpec.NAME

    def check(self, answer: str, source: str) -> Verdict:
        blocks = [code for code in code_of(answer, _NAMES) if code.strip().strip(";")]
        if not blocks:
            return failed(self.type, "no_sql", "The answer holds no SQL.")
        if sum(map(len, blocks)) > _MAX_SQL or sum(code.count(";") for code in blocks) > _MAX_SEMICOLONS:
            return failed(self.type, "too_much_to_check", f"The answer has over {_MAX_SQL} characters of SQL.")
        statements = [statement for code in blocks for statement in _statements(code)]
        if len(statements) > _MAX_STATEMENTS:
            return failed(self.type, "too_much_to_check", f"The answer has over {_MAX_STATEMENTS} statements.")
        if any(unfolded(statement) > _MOST_UNFOLDED for statement in statements):
            return failed(self.type, "too_much_to_check", "The answer's SQL has table expressions that multiply.")
        wrong = _first_error(statements, self.schema)
        if wrong:
            code = "not_in_schema" if wrong.startswith(_OF_SCHEMA) else "syntax_error"
            return failed(self.type, code, f"SQLite does not take the answer's SQL: {excerpt(wrong, 120)}.")
        return passed(self.type)


def _statements(code: str) -> list[str]:
    """The statements of a script, split where SQLite says that one is complete."""
    import sqlite3  # noqa: PLC0415  loaded with the first of these validators

    made: list[str] = []
    begun = ""
    for piece in code.split(";"):
        begun = f"{begun};{piece}" if begun else piece
        if sqlite3.complete_statement(begun.replace("\0", " ") + ";"):
            made.append(begun)
            begun = ""
        if len(made) > _MAX_STATEMENTS:
            break
    made.append(begun)
    return [statement for statement in made if without_comments(statement)]


def _first_error(statements: list[str], schema: str | None) -> str:
    """What SQLite says of the first statement that it does not take; empty where it takes all."""
    import sqlite3  # noqa: PLC0415

    # What the answer makes itself is not there to be found: nothing is run.
    strict = schema is not None and not any(without_comments(made)[:6].upper() == "CREATE" for made in statements)
    connection = _database()
    try:
        connection.executescript(schema or "")
        connection.set_authorizer(_only_plans)
        for statement in statements:
            try:
                connection.execute(f"EXPLAIN {statement}").close()
            except sqlite3.Error as error:
                said = str(error)
                if said != _DENIED and (strict or not said.startswith(_OF_SCHEMA)):
                    return said
            except (UnicodeEncodeError, ValueError):
                return "it holds characters that SQL cannot"
    finally:
        connection.close()
    return ""


def _database() -> "sqlite3.Connection":
    """An empty database in memory, its limits low."""
    import sqlite3  # noqa: PLC0415

    connection = sqlite3.connect(":memory:")
    for limit, value in (
        (sqlite3.SQLITE_LIMIT_SQL_LENGTH, _MAX_SQL + 20_000),
        (sqlite3.SQLITE_LIMIT_LENGTH, 1_000_000),
        (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 200),
        (sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 50),
        (sqlite3.SQLITE_LIMIT_VDBE_OP, 100_000),
        (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
        (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
    ):
        connection.setlimit(limit, value)
    ends = time.monotonic() + _SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > ends, 1_000)
    return connection


def _only_plans(action: int, first: str | None, second: str | None, database: str | None, inner: str | None) -> int:
    """Pragmas act while they are planned, and files are not SQL's business here."""
    import sqlite3  # noqa: PLC0415

    denied = (sqlite3.SQLITE_PRAGMA, sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH)
    return sqlite3.SQLITE_DENY if action in denied else sqlite3.SQLITE_OK


def _only_tables(action: int, first: str | None, second: str | None, database: str | None, inner: str | None) -> int:
    """A schema makes tables and indexes: it fills none, and has no view or trigger that would unfold in a query."""
    import sqlite3  # noqa: PLC0415

    if action in (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_READ):
        own = first in _MASTERS or action == sqlite3.SQLITE_READ
        return sqlite3.SQLITE_OK if own else sqlite3.SQLITE_DENY
    made = (sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_REINDEX)
    return sqlite3.SQLITE_OK if action in (*made, sqlite3.SQLITE_FUNCTION) else sqlite3.SQLITE_DENY


def _wrong_schema(schema: str) -> str:
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
