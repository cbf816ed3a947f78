"""Signatures of thinking blocks: opaque to callers, and naming the model that made them."""

import base64
import binascii
import hashlib

_PREFIX = "standin:"


def sign(model_id: str, thought: str) -> str:
    """A signature of a thought by a model: base64 text."""
    digest = hashlib.sha256(f"{model_id}\n{thought}".encode()).hexdigest()
    return base64.b64encode(f"{_PREFIX}{model_id}:{digest}".encode()).decode()


def signed_by(signature: str) -> str | None:
    """The ID of the model that made this signature, None where it is not one of ours."""
    try:
        plain = base64.b64decode(signature, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return None
    if not plain.startswith(_PREFIX):
        return None
    return plain.removeprefix(_PREFIX).split(":", 1)[0]
