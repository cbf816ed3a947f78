"""`code_parses`: the code in the answer has no syntax error. Nothing is run."""

import ast
import dataclasses
import textwrap
import warnings
from typing import ClassVar, Literal

from model_router.domain.validators.base import Spec, Validator, Verdict, excerpt, failed, passed
from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.fences import code_of
from model_router.domain.validators.json_text import NotJson, parse

#: Characters of code that are parsed. CPython's parser takes about 150 bytes of memory for each.
_MAX_CODE = 100_000
#: The longest time in seconds that CPython's parser, which cannot be interrupted, takes per character.
_SECONDS = 2e-6
_NAMES = {"python": frozenset({"python", "py", "python3"}), "json": frozenset({"json"})}


class CodeParsesSpec(Spec):
    """`language` is `python` (the version of the running interpreter, 3.13) or `json`.

    The code is the content of the fences that name the language; if there are none, of the fences without a language;
    otherwise the whole answer. Each block is parsed alone. A block of Python may be indented, and may be an interpreter
    session with prompts. An answer without code fails (`no_code`).
    """

    NAME: ClassVar[str] = "code_parses"
    type: Literal["code_parses"]
    language: Literal["python", "json"]

    def build(self) -> Validator:
        return CodeParses(self.language)


@dataclasses.dataclass(frozen=True, slots=True)
class CodeParses:
    language: Literal["python", "json"]
    type: str = CodeParsesSpec.NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        blocks = [code for code in code_of(answer, _NAMES[self.language], budget) if code.strip()]
        if not blocks:
            return failed(self.type, "no_code", f"The answer has no {self.language} code.")
        if sum(map(len, blocks)) > _MAX_CODE:
            return failed(self.type, "too_much_to_check", f"The answer has over {_MAX_CODE} characters of code.")
        for code in blocks:
            budget.check(len(code) * _SECONDS)
            wrong = _python_error(code) if self.language == "python" else _json_error(code)
            if wrong:
                return failed(self.type, "syntax_error", f"The answer's {self.language} does not parse: {wrong}.")
        return passed(self.type)


def _json_error(code: str) -> str:
    try:
        parse(code, fence=False)
    except NotJson as error:
        return str(error).removesuffix(".")
    return ""


def _python_error(code: str) -> str:
    code = textwrap.dedent(_without_prompts(code))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is only a warning
            ast.parse(code)
    except SyntaxError as error:
        return f"{error.msg} at line {error.lineno}: {excerpt((error.text or '').strip(), 60)}"
    except UnicodeEncodeError:
        return "it has a lone surrogate"
    except (RecursionError, MemoryError):
        return "it is nested too deeply"
    return ""


def _without_prompts(code: str) -> str:
    """The input of an interpreter session (`>>>` and `...`); other code unchanged."""
    lines = code.splitlines()
    if not any(line.startswith(">>> ") for line in lines):
        return code
    return "\n".join(line[4:] for line in lines if line.startswith((">>> ", "... ")) or line == "...")
