"""`sql_parses`: the SQL in the answer is free of syntax errors, by SQLite's own parser. Nothing is planned or run.

SQLite comes with Python. Other parsers were looked at: docs/decisions/0071. Why it plans nothing: docs/decisions/0076.
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
            wrong = wrong_schema(self.definition)
            if wrong:
                raise InvalidValidator(f"SQLite does not take it: {wrong}", "schema")
        return SqlParses(self.definition)


@dataclasses.dataclass(frozen=True, slots=True)
class SqlParses:
    schema: str | None
    type: str = SqlParsesSpec.NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        blocks = [code for code in code_of(answer, _NAMES, budget) if code.strip().strip(";")]
        if not blocks:
            return failed(self.type, "no_sql", "The answer holds no SQL.")
        if sum(map(len, blocks)) > MAX_SQL or sum(code.count(";") for code in blocks) > _MAX_SEMICOLONS:
            return failed(self.type, "too_much_to_check", f"The answer has over {MAX_SQL} characters of SQL.")
        budget.check()
        statements = [statement for code in blocks for statement in statements_of(code)]
        if len(statements) > MAX_STATEMENTS:
            return failed(self.type, "too_much_to_check", f"The answer has over {MAX_STATEMENTS} statements.")
        if any(unfolded(statement) > _MOST_UNFOLDED for statement in statements):
            return failed(self.type, "too_much_to_check", "The answer's SQL has table expressions that multiply.")
        wrong = first_error(statements, self.schema, budget)
        if wrong == TOO_LARGE:
            return failed(self.type, "too_much_to_check", "The answer's SQL takes SQLite too much memory.")
        if wrong:
            code = "not_in_schema" if wrong.startswith(OF_SCHEMA) else "syntax_error"
            return failed(self.type, code, f"SQLite does not take the answer's SQL: {excerpt(wrong, 120)}.")
        return passed(self.type)
