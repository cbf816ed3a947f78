"""`aws`, as far as the documents use it: an operation of botocore's model, held to that model and then called.

The AWS CLI is not among this project's dependencies, and its commands are botocore's model in another spelling:
`--table-name` is `TableName`, a flag is true, a structure is JSON or `Key=value,…`. What the model does not know fails
here, and so does a required option that is missing: a document cannot hold a command that the AWS CLI would refuse.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import jmespath  # type: ignore[import-untyped]
from botocore import xform_name

_SERVICES = {"s3api": "s3"}
_OWN_OPTIONS = {"--query", "--output", "--cli-binary-format"}
_FLAGS = {"--no-cli-pager"}
# Operations whose answer has a body: the AWS CLI writes it into the file that is named after the options.
_BODIES = {"Invoke": "Payload", "GetObject": "Body"}


class BadCommand(Exception):
    """The AWS CLI would refuse this command."""


def main(arguments: list[str], *, call: bool = True) -> str:
    """What the command prints; with ``call`` false it is only held to the model. Raises BadCommand."""
    service, verb, *rest = arguments
    client = boto3.client(_SERVICES.get(service, service), region_name="us-east-1")  # type: ignore[call-overload]
    waits = verb == "wait"
    name = rest.pop(0) if waits else verb
    if waits:
        waiters = {waiter.replace("_", "-"): waiter for waiter in client.waiter_names}
        if name not in waiters:
            raise BadCommand(f"{service}: no waiter {name}")
        operation = client.get_waiter(waiters[name]).config.operation
    else:
        operation = _named(name, list(client.meta.service_model.operation_names), service)
    model = client.meta.service_model.operation_model(operation)
    parameters, own, files = _read(rest, model.input_shape)
    missing = set(model.input_shape.required_members) - set(parameters)
    if missing:
        raise BadCommand(f"{name}: {', '.join(sorted(missing))} is missing")
    if bool(files) != (operation in _BODIES):
        raise BadCommand(f"{name}: one file behind the options, where the answer has a body, and only there")
    if not call:
        return ""
    if waits:
        client.get_waiter(waiters[name]).wait(**parameters)
        return ""
    answer = getattr(client, xform_name(operation))(**parameters)
    answer.pop("ResponseMetadata", None)
    if files:
        Path(files[0]).write_bytes(answer.pop(_BODIES[operation]).read())
    return _shown(answer, own)


def _named(spelt: str, names: list[str], what: str) -> str:
    matching = [name for name in names if xform_name(name, "-") == spelt]
    if not matching:
        raise BadCommand(f"{what}: no {spelt}")
    return matching[0]


def _read(words: list[str], shape: Any) -> tuple[dict[str, Any], dict[str, str], list[str]]:
    """(parameters of the call, options of the AWS CLI's own, files)."""
    parameters: dict[str, Any] = {}
    own: dict[str, str] = {}
    files: list[str] = []
    while words:
        word = words.pop(0)
        if not word.startswith("--"):
            files.append(word)
        elif word in _OWN_OPTIONS:
            own[word] = words.pop(0)
        elif word not in _FLAGS:
            negated = word.startswith("--no-")
            member = _named(word.removeprefix("--no-" if negated else "--"), list(shape.members), "options")
            kind = shape.members[member]
            parameters[member] = not negated if kind.type_name == "boolean" else _value(kind, _taken(kind, words))
    return parameters, own, files


def _taken(kind: Any, words: list[str]) -> list[str]:
    if kind.type_name != "list":
        return [words.pop(0)]
    count = next((at for at, word in enumerate(words) if word.startswith("--")), len(words))
    return [words.pop(0) for _ in range(count)]


def _value(kind: Any, texts: list[str]) -> Any:
    text = texts[0]
    if kind.type_name in ("structure", "list", "map") and text[:1] in "{[":
        return json.loads(text)
    if kind.type_name == "list":
        return [_value(kind.member, [each]) for each in texts]
    if kind.type_name in ("structure", "map"):
        return dict(_pairs(kind, text))
    return int(text) if kind.type_name in ("integer", "long") else text


def _pairs(kind: Any, text: str) -> Iterator[tuple[str, Any]]:
    for pair in text.split(","):
        name, _, value = pair.partition("=")
        if kind.type_name == "structure" and name not in kind.members:
            raise BadCommand(f"no {name} in {kind.name}")
        boolean = kind.type_name == "structure" and kind.members[name].type_name == "boolean"
        yield name, value == "true" if boolean else value


def _shown(answer: Any, own: dict[str, str]) -> str:
    selected = jmespath.search(own["--query"], answer) if "--query" in own else answer
    if own.get("--output") not in ("text", "table"):
        return json.dumps(selected, indent=4, default=str)
    rows = selected if isinstance(selected, list) else [selected]
    return "\n".join("\t".join(map(str, row)) if isinstance(row, list) else str(row) for row in rows)


if __name__ == "__main__":
    try:
        sys.stdout.write(main(sys.argv[1:]) + "\n")
    except BadCommand as error:
        sys.exit(re.sub(r"\s+", " ", f"aws: {error}"))
