"""botocore's descriptions of AWS services, without what a function never reads.

botocore reads a whole description to make a client: of ssm 944 KB, nearly all of it documentation and operations that
nobody here calls, and a megabyte of endpoints. Reading them is most of what the first clients cost.
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

#: Service → the operations that its client keeps; it has no method for any other. `test_slim_package` holds them
#: against the calls in `src`.
OPERATIONS: Mapping[str, frozenset[str]] = {
    # DescribeEndpoints: botocore asks for it by itself where endpoints are to be discovered.
    "dynamodb": frozenset(
        {"BatchGetItem", "DeleteItem", "DescribeEndpoints", "GetItem", "PutItem", "Query", "UpdateItem"}
    ),
    "lambda": frozenset({"Invoke"}),
    # HeadBucket, CreateSession: botocore's own, where a bucket is in another region, or a directory.
    "s3": frozenset({"CreateSession", "GetObject", "HeadBucket", "PutObject"}),
    "sns": frozenset({"Publish"}),
    "sqs": frozenset({"ChangeMessageVisibility", "SendMessage"}),
    "ssm": frozenset({"GetParameter", "GetParametersByPath"}),
    # What botocore's own providers of credentials call.
    "sts": frozenset({"AssumeRole", "AssumeRoleWithWebIdentity"}),
}


def trim(data: Path) -> None:
    """Rewrites the descriptions below botocore's `data` folder, in place. A second time changes nothing."""
    for service, operations in OPERATIONS.items():
        for path in [*(data / service).glob("*/service-2.json*")]:
            _write(path, lean(_read(path), operations))
    for path in [*data.glob("*/*/endpoint-rule-set-1.json*")]:
        _write(path, _read(path))
    for path in data.glob("endpoints.json"):
        _write(path, regional(_read(path)))


def lean(description: Mapping[str, Any], operations: frozenset[str]) -> dict[str, Any]:
    """A service's description (service-2) with these operations and the shapes they reach, and no documentation."""
    kept = {name: operation for name, operation in description["operations"].items() if name in operations}
    shapes, found = description["shapes"], set[str]()
    reached = list(_shapes_named(kept))
    while reached:
        name = reached.pop()
        if name not in found:
            found.add(name)
            reached.extend(_shapes_named(shapes[name]))
    # Elsewhere botocore insists on the words: a client's own parameters must have some.
    return {
        **{key: value for key, value in description.items() if key != "documentation"},
        "operations": _wordless(kept),
        "shapes": _wordless({name: shape for name, shape in shapes.items() if name in found}),
    }


def regional(endpoints: Mapping[str, Any]) -> dict[str, Any]:
    """botocore's endpoints.json with all its partitions and regions, and of the services those of `OPERATIONS`."""
    partitions = [
        {**partition, "services": {name: known for name, known in partition["services"].items() if name in OPERATIONS}}
        for partition in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}


def _shapes_named(node: object) -> Iterator[str]:
    match node:
        case {"shape": str(name), **others}:
            yield name
            yield from _shapes_named(others)
        case dict():
            for value in node.values():
                yield from _shapes_named(value)
        case list():
            for value in node:
                yield from _shapes_named(value)


def _wordless(node: Any) -> Any:
    # A member may be called `documentation` too: it is described by an object.
    if isinstance(node, dict):
        return {
            key: _wordless(value) for key, value in node.items() if key != "documentation" or not isinstance(value, str)
        }
    return [_wordless(value) for value in node] if isinstance(node, list) else node


def _read(path: Path) -> dict[str, Any]:
    raw = path.read_bytes()
    found: dict[str, Any] = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    return found


def _write(path: Path, description: Mapping[str, Any]) -> None:
    """Uncompressed, which is read a little faster; the package is compressed as a whole."""
    path.unlink()
    text = json.dumps(description, ensure_ascii=False, separators=(",", ":"))
    path.with_suffix("" if path.suffix == ".gz" else path.suffix).write_text(text, encoding="utf-8")
