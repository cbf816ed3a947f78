"""Texts that make careless code slow: repetitions of what some parser, pattern or normaliser looks for."""

from collections.abc import Callable, Mapping
from itertools import count

Text = Callable[[int], str]
"""Makes a text of about so many characters."""

_UNITS: Mapping[str, str] = {
    # Unicode
    "combining marks": "\u0301\u0323",
    "letters with unordered marks": "e\u0301\u0323",
    "long compatibility forms": "\ufdfa",
    "full-width letters": "Ａ１，",
    "Chinese": "漢字",
    "kana": "がパ",
    "Hangul": "한국",
    "Hangul in parts": "\u1112\u1161\u11ab",
    "lone surrogates": "\ud800",
    "emoji": "👩\u200d👩",
    "capitals that fold to several": "ßİŉ",
    "control characters": "\0\x1b[",
    # One sign or a few
    "one letter": "a",
    "letter cases": "aA0_",
    "spaces": " ",
    "tabs": "\t",
    "newlines": "\n",
    "blank lines": " \r\n",
    "lines of one letter": "a\n",
    "words": "word ",
    "words of one letter": "a ",
    "digits": "7",
    "points": ".",
    "commas": ",",
    "dashes": "-",
    "signs": "+-*/=",
    "underscores": "_",
    "colons": "a: ",
    "questions": "Is it a or b? ",
    "alternating tokens": "ab1 -",
    # Quotations and markup
    "quotation marks": '"',
    "short quotations": '"a" ',
    "quotations inside words": '"a"b ',
    "open curly quotes": "“",
    "closed curly quotes": "“a” ",
    "closing curly quotes": "”",
    "open guillemets": "«",
    "corner brackets": "「",
    "apostrophes": "'a",
    "backslashes": "\\",
    "escaped quotes": '\\"',
    "backticks": "`",
    "fences": "```\n",
    "fences of growing length": "```\n````\n",
    "fenced JSON": "```json\n{}\n```\n",
    "fenced Python": "```python\nx=1\n```\n",
    "fenced SQL": "```sql\nSELECT 1;\n```\n",
    "tildes": "~~~\n",
    "quoted lines": "> a\n",
    "quotation signs in one line": ">",
    "opening signs": "<",
    "unclosed tags": "<csv>",
    "unclosed tags with attributes": "<text a=",
    "closed tags": "<text>a</text>",
    "closing tags": "</text>",
    "cut closing tags": "</csv",
    "list items": "- a\n",
    "numbered items": "1. a\n",
    "lettered items": "b) a c) ",
    "omissions": "[...] … ",
    # JSON and brackets
    "open arrays": "[",
    "closed arrays": "[]",
    "open objects": '{"a":',
    "small objects": '{"a":1} ',
    "open braces": "{",
    "open parentheses": "(",
    "paired parentheses": "()",
    "closing brackets": "]})",
    "JSON strings": '"a",',
    "JSON arrays of numbers": "1,",
    "JSON escapes": "\\u0041",
    "true and false": "true false null ",
    # Numbers and arithmetic
    "equations": "1+1=2 ",
    "an endless equation": "1=1",
    "an endless sum": "1+",
    "products": "9*",
    "powers": "9^9",
    "minus signs and digits": "-1",
    "grouped digits": "1,234",
    "decimal points": "1.1.",
    "exponents": "1e9",
    "calculator notes": "<<1+1=2>>",
    "amounts": "$1 2% ",
    "fractions": "1/3",
    "number words": "one hundred thousand ",
    # SQL, code, citations, patterns
    "SQL statements": "SELECT 1;",
    "nested selects": "SELECT * FROM (",
    "unions": "SELECT 1 UNION ",
    "joins": "SELECT * FROM a, a,",
    "SQL conditions": "SELECT 1 WHERE 1 AND NOT ",
    "SQL in lists": "SELECT 1 IN (1,",
    "SQL comments": "--a\n/*",
    "common table expressions": "WITH a AS (SELECT 1), ",
    "Python lines": "x=1\n",
    "Python operators": "not ",
    "Python attributes": "a.",
    "Python calls": "f(",
    "Python lambdas": "lambda:",
    "Python prompts": ">>> x\n",
    "Python conditions": "if a:\n",
    "Python f-strings": "f'{",
    "open triple quotes": "'''a",
    "numbered citations": "[1]",
    "open citations": "[1, ",
    "authors and years": "(Smith 2020) ",
    "open authors": "(Smith and ",
    "authors without years": "Smith et al. ",
    "addresses": "https://a.b/c ",
    "an endless address": "http://a.",
    "addresses with brackets": "https://a/(",
    "orders": "say only ",
    "near matches of a label": "NOT SPA",
    "near matches of a pattern": "ababab",
    "near matches of a request id": "req_0",
}


def _repeated(unit: str) -> Text:
    return lambda size: (unit * (size // len(unit) + 1))[:size]


def _one_after_another(piece: Callable[[int], str]) -> Text:
    def text(size: int) -> str:
        pieces: list[str] = []
        length = 0
        for number in count():
            if length >= size:
                return "".join(pieces)
            pieces.append(piece(number))
            length += len(pieces[-1])
        raise AssertionError

    return text


def _tag(number: int) -> str:
    spelling = "".join(letter.upper() if number >> place & 1 else letter for place, letter in enumerate("attachment"))
    return f"<{spelling}>"


def _nested(opening: str, closing: str) -> Text:
    def text(size: int) -> str:
        depth = size // (len(opening) + len(closing))
        return opening * depth + closing * depth

    return text


def _indented(size: int) -> str:
    depth = int((2 * size) ** 0.5)
    return "".join(" " * level + "if 1:\n" for level in range(depth))


TEXTS: Mapping[str, Text] = {
    **{name: _repeated(unit) for name, unit in _UNITS.items()},
    "many different characters": _one_after_another(lambda number: chr(0x4E00 + number * 7 % 0x100000)),
    "many different words": _one_after_another("w{:x} ".format),
    "many different numbers": _one_after_another("{} ".format),
    "many different quotations": _one_after_another('"quotation number {}" '.format),
    "many different equations": _one_after_another(lambda number: f"{number}+1={number + 1} "),
    "many spellings of a tag": _one_after_another(_tag),
    "many different citations": _one_after_another("[{}] ".format),
    "many different keys": _one_after_another('"k{}":1,'.format),
    "many labelled lines": _one_after_another("Label {}: x\n".format),
    "nested arrays": _nested("[", "]"),
    "nested objects": _nested('{"a":', "}"),
    "nested parentheses": _nested("(", ")"),
    "nested quotations": _nested("“", "”"),
    "nested selects that end": _nested("SELECT * FROM (", ")"),
    "ever deeper lines": _indented,
    "spaces around a word": lambda size: " " * (size // 2) + "a" + " " * (size // 2),
    "a fenced answer": lambda size: f"```json\n{'[' * size}\n```",
    "a JSON array of strings": lambda size: "[" + ",".join(['"ab cd"'] * (size // 8)) + "]",
    "a JSON array of numbers": lambda size: "[" + ",".join(map(str, range(size // 6))) + "]",
    "a JSON object of many keys": lambda size: "{" + ",".join(f'"k{n}":{n}' for n in range(size // 12)) + "}",
    "a JSON string": lambda size: f'"{"a" * size}"',
    "a long JSON number": lambda size: "1" + "0" * size,
    "a long JSON fraction": lambda size: "0." + "3" * size,
    "an SQL list": lambda size: f"SELECT a FROM t WHERE a IN ({','.join(['1'] * (size // 2))})",
    "an SQL union": lambda size: " UNION ALL ".join(["SELECT 1"] * (size // 19 + 1)),
    "an SQL join": lambda size: f"SELECT * FROM {','.join(f't{n}' for n in range(size // 6))}",
    "a Python list": lambda size: f"x = [{'1,' * (size // 2)}]",
    "a Python sum": lambda size: f"x = {'1+' * (size // 2)}1",
}
