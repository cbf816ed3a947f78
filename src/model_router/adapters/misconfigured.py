"""What every function's settings raise. Apart, so that no function makes another's settings to say it."""


class Misconfigured(Exception):
    """The function's environment is not what the template sets."""
