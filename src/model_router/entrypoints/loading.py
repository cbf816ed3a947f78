"""Loads a handler without the garbage collector: a module begins with `import model_router.entrypoints.loading`.

Loading the SDK makes some hundred thousand objects that all stay, and the collector goes over them again and again: a
fifth of a cold start. `done` puts what was loaded out of its sight for good, so that no request waits for it either.
"""

import gc

gc.disable()


def done() -> None:
    """To be called after the last import; the collector then sees to what requests leave behind."""
    gc.freeze()
    gc.enable()
