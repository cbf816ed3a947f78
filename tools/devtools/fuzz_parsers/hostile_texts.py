"""Texts that make careless code slow: repetitions of what some parser, pattern or normaliser looks for."""

import json
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

Text = Callable[[int], str]
"""Makes a text of about so many characters."""

_UNITS: Mapping[str, Mapping[str, str]] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
"""What is repeated, by what it is about and by its name."""


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
    **{name: _repeated(unit) for group in _UNITS.values() for name, unit in group.items()},
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
