"""`sql_parses`: the SQL in the answer has no syntax error, by SQLite's parser. Nothing is planned or run.

For other parsers see docs/decisions/0071; for the reason not to plan, docs/decisions/0076.
"""

import dataclasses
from typing import ClassVar, Literal

from pydantic import Field

from model_router.domain.validators.base import InvalidValidator, Spec, Validator, Verdict, excerpt, failed, passed
from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.fences import code_of
from model_router.domain.validators.sql_text import unfolded
from model_router.domain.validators.sqlite_parser import (
    MAX_SQL,
    MAX_STATEMENTS,
    OF_SCHEMA,
    TOO_LARGE,
    first_error,
    statements_of,
    wrong_schema,
)

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
