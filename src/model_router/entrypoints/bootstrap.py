"""Sets up the process. Every handler imports this first: `import model_router.entrypoints.bootstrap`.

The garbage collector is off while modules load. Loading the SDK creates some hundred thousand objects that all stay,
and scanning them repeatedly takes a fifth of a cold start. `done` freezes what was loaded, so that no request waits for
the collector to scan it either.

Libraries log nothing below WARNING, whatever the log level is: at DEBUG, botocore logs the decrypted Claude API key and
the SDK logs prompts. The cap is applied where `logging` looks a logger's level up, so it covers every library, every
handler and every way to set a level.
"""

import gc
import logging
import os

_OUR_PACKAGE = "model_router"
_level_as_set = logging.Logger.getEffectiveLevel

gc.disable()


def done() -> None:
    """Call after the last import. The collector then handles only what requests create."""
    gc.freeze()
    gc.enable()


def cap_library_logs() -> None:
    """From now on only the router's own loggers can have a level below WARNING."""
    logging.Logger.getEffectiveLevel = _capped_level  # type: ignore[assignment, method-assign]
    root = logging.getLogger()
    root.setLevel(root.level)  # clears the levels that loggers have cached


def _capped_level(logger: logging.Logger) -> int:
    level = _level_as_set(logger)
    return level if _is_ours(logger.name) else max(level, logging.WARNING)


def _is_ours(name: str) -> bool:
    """A module's logger, or the telemetry's, which Powertools names after the service."""
    return name.partition(".")[0] == _OUR_PACKAGE or name == os.environ.get("POWERTOOLS_SERVICE_NAME")


cap_library_logs()
