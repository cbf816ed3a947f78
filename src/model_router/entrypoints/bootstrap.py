"""What every handler sets up before it imports anything else: `import model_router.entrypoints.bootstrap`.

The garbage collector is off while modules load. Loading the SDK makes some hundred thousand objects that all stay, and
the collector goes over them again and again: a fifth of a cold start. `done` puts what was loaded out of its sight for
good, so that no request waits for it either.

Libraries log no more than warnings, whatever the log level is. At DEBUG, botocore logs the decrypted Claude API key and
the SDK logs prompts. The level of a logger is therefore capped where `logging` looks it up, which covers each library,
each handler and each way to set a level.
"""

import gc
import logging
import os

_OUR_PACKAGE = "model_router"
_level_as_set = logging.Logger.getEffectiveLevel

gc.disable()


def done() -> None:
    """To be called after the last import; the collector then sees to what requests leave behind."""
    gc.freeze()
    gc.enable()


def cap_library_logs() -> None:
    """From now on only loggers of ours follow a level below WARNING."""
    logging.Logger.getEffectiveLevel = _capped_level  # type: ignore[assignment, method-assign]
    root = logging.getLogger()
    root.setLevel(root.level)  # loggers cache what they found: this makes them look again


def _capped_level(logger: logging.Logger) -> int:
    level = _level_as_set(logger)
    return level if _is_ours(logger.name) else max(level, logging.WARNING)


def _is_ours(name: str) -> bool:
    """A module's logger, or that of the telemetry, which Powertools names after the service."""
    return name.partition(".")[0] == _OUR_PACKAGE or name == os.environ.get("POWERTOOLS_SERVICE_NAME")


cap_library_logs()
