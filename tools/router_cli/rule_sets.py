"""Rule sets as folders of JSON files: read, written, and checked with RouterFunction's own checks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from model_router.adapters.packaged import packaged_catalog, read_folder
from model_router.domain.routing.policy import Policy, compile_policy
from model_router.domain.routing.rules_parsing import MAX_PARAMETER_BYTES, InvalidRules, parse, set_hash


@dataclass(frozen=True, slots=True)
class Change:
    """One parameter that a push adds, changes or removes."""

    name: str
    kind: str
    before: str | None
    after: str | None


#: The file that makes a folder a preset: `{"over": FOLDER}`, the set that its own files are laid over.
_PRESET = "preset"


def read(folder: Path) -> dict[str, str]:
    """The set in a folder, each value packed as it is stored: JSON without spare white space.

    A preset's files are laid over the set that its `preset.json` names. Raises InvalidRules where one is not JSON.
    """
    own = _packed(folder)
    preset = own.pop(_PRESET, None)
    if preset is None:
        return own
    over = json.loads(preset).get("over")
    if not isinstance(over, str) or not (folder / over).is_dir():
        raise InvalidRules([f"{_PRESET}: over: must be a folder, relative to this one"])
    return {**read(folder / over), **own}


def write(folder: Path, parameters: Mapping[str, str]) -> None:
    """Writes a set into a folder, a file per parameter, for people to read."""
    for name, text in parameters.items():
        file = folder / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def own_parameters(folder: Path) -> set[str]:
    """The parameters that a folder holds itself, without what a preset is laid over."""
    return set(_packed(folder)) - {_PRESET}


def _packed(folder: Path) -> dict[str, str]:
    packed = {}
    findings = []
    for name, text in read_folder(folder).items():
        try:
            packed[name] = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
        except ValueError as error:
            findings.append(f"{name}: is not JSON: {error}")
    if findings:
        raise InvalidRules(findings)
    return packed


def check(parameters: Mapping[str, str], ids_key: bytes = b"") -> Policy:
    """The compiled set. Raises InvalidRules with every finding, sizes included."""
    findings = [
        f"{name}: {size:,} bytes are over the limit of {MAX_PARAMETER_BYTES:,} for a parameter; split the task"
        for name, text in parameters.items()
        if (size := len(text.encode(errors="replace"))) > MAX_PARAMETER_BYTES
    ]
    try:
        policy = compile_policy(parse(parameters), packaged_catalog(), ids_key)
    except InvalidRules as error:
        raise InvalidRules([*findings, *error.findings]) from None
    if findings:
        raise InvalidRules(findings)
    return policy


def manifest(parameters: Mapping[str, str], now: datetime | None = None) -> str:
    """The manifest of a set: what a push writes last."""
    moment = (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = set_hash(parameters)
    return json.dumps({"version": f"{moment}-{digest[:8]}", "pushed_at": moment, "hash": digest}, separators=(",", ":"))


def changes(stored: Mapping[str, str], wanted: Mapping[str, str]) -> list[Change]:
    """What a push of `wanted` over `stored` changes; the manifest aside."""
    found = []
    for name in sorted({*stored, *wanted} - {"manifest"}):
        before, after = stored.get(name), wanted.get(name)
        if _same(before, after):
            continue
        kind = "add" if before is None else "remove" if after is None else "change"
        found.append(Change(name, kind, before, after))
    return found


def _same(before: str | None, after: str | None) -> bool:
    if before is None or after is None:
        return before is after
    try:
        return bool(json.loads(before) == json.loads(after))
    except ValueError:
        return False
