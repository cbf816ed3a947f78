"""`sql_parses`: the SQL in the answer has no syntax error, by SQLite, which parses it and looks up its names.

Nothing is planned or run. For other parsers see docs/decisions/0071; for the reason not to plan, docs/decisions/0076.
"""

import dataclasses
import re
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from model_router.domain.validators.base import InvalidValidator, Spec, Validator, Verdict, excerpt, failed, passed
from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.fences import code_of
from model_router.domain.validators.sql_text import unfolded, without_comments

if TYPE_CHECKING:
    import sqlite3


#: The largest size of SQL in characters, and the largest number of statements.
MAX_SQL = 50_000
MAX_STATEMENTS = 50
#: The longest time in seconds to parse one statement and look up its names, and to create the schema's tables.
_SECONDS = 0.15
#: The memory limit for SQLite in the whole process, in bytes.
_MAX_BYTES = 64 << 20
#: SQLite's messages about missing names, which do not matter without a schema.
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
#: A prefix that makes SQLite look up a query's names.
_UNION = "SELECT 1 UNION ALL SELECT 1 FROM"
#: SQLite's messages for text that is no query, such as an INSERT with more than a query after its table.
_NO_QUERY = ("syntax error", "incomplete input", "stack overflow")
_NO_TOKEN = "unrecognized token"  # noqa: S105
TOO_LARGE = "out of memory"
#: The first word of a statement, and the beginning of an INSERT's query. Possessive, and so linear.
_FIRST_WORD = re.compile(r"(?:\s++|--[^\n]*+|(?>/\*.*?\*/))*+(\w+)", re.DOTALL)
_QUERY = re.compile(r"\b(?:SELECT|VALUES|WITH)\b", re.IGNORECASE)
#: Characters that SQLite does not accept: NUL and lone surrogates.
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_MASTERS = {"sqlite_master", "sqlite_temp_master", "sqlite_sequence"}


def statements_of(code: str) -> list[str]:
    """The statements of a script, split where SQLite reports a complete one."""
    import sqlite3  # noqa: PLC0415  only for these validators

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
    """SQLite's message about the first invalid statement, or an empty text. Raises OutOfTime."""
    import sqlite3  # noqa: PLC0415

    # Tables that the answer creates do not exist, because nothing is run.
    strict = schema is not None and not any(without_comments(made)[:6].upper() == "CREATE" for made in statements)
    connection = _database()
    try:
        budget.check(_SECONDS)
        connection.executescript(schema or "")
        for statement in statements:
            budget.check(_SECONDS)
            problem = _problem(connection, statement)
            if problem and (strict or not problem.startswith(OF_SCHEMA)):
                return problem
    except (UnicodeEncodeError, ValueError):
        return "it has characters that SQL does not allow"
    except sqlite3.Error as error:
        return str(error)
    finally:
        connection.close()
    return ""


def _problem(connection: "sqlite3.Connection", statement: str) -> str:
    """SQLite's message about the syntax of a statement, or else about the names and columns of its query.

    Nothing is planned, because planning may take any time and memory and cannot be interrupted.
    """
    query = _query_of(statement)
    no_table = "SELECT" not in statement.upper()  # VALUES alone needs no planning
    problem = _refusal(connection, statement, 1 if no_table else 0)
    if problem or not query:
        return problem
    # SQLite looks up the names of both parts of a UNION before it asks the authorizer about the first part.
    problem = _refusal(connection, f"{_UNION} ({query}\n)", 1)
    return "" if problem.endswith(_NO_QUERY) or problem.startswith(_NO_TOKEN) else problem


def _query_of(statement: str) -> str:
    """The query of a SELECT, or of an INSERT's rows, or an empty text."""
    first = _FIRST_WORD.match(statement)
    word = first.group(1).upper() if first else ""
    if first and word in ("SELECT", "VALUES", "WITH"):
        return statement[first.start(1) :]
    rows = _QUERY.search(statement, first.end()) if first and word in ("INSERT", "REPLACE") else None
    return statement[rows.start() :] if rows else ""


def _refusal(connection: "sqlite3.Connection", statement: str, selects: int) -> str:
    """The error of preparing a statement up to its `selects`-th SELECT, or an empty text."""
    import sqlite3  # noqa: PLC0415

    allowed = iter(range(selects))

    def only_parse(action: int, first: str | None, second: str | None, database: str | None, inner: str | None) -> int:
        """Refuses pragmas, which take effect when prepared, and files."""
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
    """An empty database in memory with low limits."""
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
    """Allows tables and indexes only: no rows, and no views or triggers, which a query would expand."""
    import sqlite3  # noqa: PLC0415

    if action in (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_READ):
        allowed = first in _MASTERS or action == sqlite3.SQLITE_READ
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY
    creating = (sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_REINDEX)
    return sqlite3.SQLITE_OK if action in (*creating, sqlite3.SQLITE_FUNCTION) else sqlite3.SQLITE_DENY


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


_MAX_SEMICOLONS = 1_000
_MOST_UNFOLDED = 5_000
_NAMES = frozenset({"sql", "sqlite", "postgres", "postgresql", "mysql"})


class SqlParsesSpec(Spec):
    """`schema` has CREATE TABLE statements and is optional. With it, tables and columns must exist.

    The dialect is SQLite's: do not use this validator where answers have `::int`, `ILIKE`, `TOP 5` or stored
    procedures. The SQL is the content of ```sql fences; if there are none, of fences without a language; otherwise the
    whole answer.
    """

    NAME: ClassVar[str] = "sql_parses"
    type: Literal["sql_parses"]
    definition: str | None = Field(default=None, alias="schema", min_length=1, max_length=20_000)

    def build(self) -> Validator:
        if self.definition is not None:
            wrong = wrong_schema(self.definition)
            if wrong:
                raise InvalidValidator(f"SQLite does not accept it: {wrong}", "schema")
        return SqlParses(self.definition)


@dataclasses.dataclass(frozen=True, slots=True)
class SqlParses:
    schema: str | None
    type: str = SqlParsesSpec.NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        blocks = [code for code in code_of(answer, _NAMES, budget) if code.strip().strip(";")]
        if not blocks:
            return failed(self.type, "no_sql", "The answer has no SQL.")
        if sum(map(len, blocks)) > MAX_SQL or sum(code.count(";") for code in blocks) > _MAX_SEMICOLONS:
            return failed(self.type, "too_much_to_check", f"The answer has over {MAX_SQL} characters of SQL.")
        budget.check()
        statements = [statement for code in blocks for statement in statements_of(code)]
        if len(statements) > MAX_STATEMENTS:
            return failed(self.type, "too_much_to_check", f"The answer has over {MAX_STATEMENTS} statements.")
        if any(unfolded(statement) > _MOST_UNFOLDED for statement in statements):
            return failed(self.type, "too_much_to_check", "The answer's SQL repeats its table expressions too often.")
        wrong = first_error(statements, self.schema, budget)
        if wrong == TOO_LARGE:
            return failed(self.type, "too_much_to_check", "SQLite needs too much memory for the answer's SQL.")
        if wrong:
            code = "not_in_schema" if wrong.startswith(OF_SCHEMA) else "syntax_error"
            return failed(self.type, code, f"SQLite does not accept the answer's SQL: {excerpt(wrong, 120)}.")
        return passed(self.type)
