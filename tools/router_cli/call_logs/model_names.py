"""What clouds and proxies call Claude's models, back to Anthropic's own ids."""

import re

from model_router.domain.catalog import Catalog

_PREFIX = re.compile(r"^(?:[a-z-]{2,8}\.)?anthropic\.")
_SUFFIX = re.compile(r"(?:-v\d+(?::\d+)?(?::\d+k)?|:[a-z]+)$")
_VERTEX_VERSION = re.compile(r"-v\d+@")
_VERSION = re.compile(r"(?<=\d)\.(?=\d)")
_DATE = re.compile(r"-20\d{6}$")


def catalog_model(name: str, catalog: Catalog) -> str | None:
    """The catalog's id of a model under any of its names, or None if the catalog has no price for it.

    `us.anthropic.claude-haiku-4-5-20251001-v1:0` (Bedrock, ARNs too), `anthropic/claude-haiku-4-5` (LiteLLM),
    `claude-haiku-4-5@20251001` (Vertex) and `anthropic/claude-haiku-4.5` (OpenRouter) are `claude-haiku-4-5-20251001`.
    """
    plain = _SUFFIX.sub("", _PREFIX.sub("", name.rsplit("/", 1)[-1]))
    plain = _VERSION.sub("-", _VERTEX_VERSION.sub("@", plain)).replace("@", "-")
    return catalog.ids.get(plain) or catalog.ids.get(_DATE.sub("", plain))
