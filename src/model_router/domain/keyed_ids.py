"""Ids of what a request belongs to, made from its text with a key: they tell equal from different and reveal nothing.

Without the stack's key, no reader of a ledger or a report can compute the id of a text and look for it there. The key
is made from the stack's salt, which a deployment and a new API key leave as it is (docs/decisions/0104).
"""

from hashlib import blake2b

_ID_BYTES = 8
_KEY_BYTES = 32


def ids_key(salt: str) -> bytes:
    """The key from a stack's salt. Empty for an empty text: there is no key then, and no id."""
    return blake2b(salt.encode(), digest_size=_KEY_BYTES).digest() if salt else b""


def keyed_id(prefix: str, key: bytes, *parts: str) -> str:
    """`<prefix>_<16 hex digits>` of the parts, in order. Ids of different prefixes have nothing in common.

    `prefix` has at most 16 characters. No other list of parts, however they are divided, gives the same text to hash.
    """
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    # Lengths, because a separator may occur in a part.
    text = b"".join([b"%d:%b" % (len(part), part) for part in encoded])
    return f"{prefix}_{blake2b(text, digest_size=_ID_BYTES, key=key, person=prefix.encode()).hexdigest()}"
