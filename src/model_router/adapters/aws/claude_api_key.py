"""The Claude API key, read from its SecureString.

It is never copied anywhere else, and never read at init, because SnapStart would store it in the snapshot.
"""

import random
from typing import TYPE_CHECKING

from model_router.adapters.aws.errors import SDK_ERRORS, is_transient
from model_router.domain.errors import ServiceUnavailable, UpstreamError
from model_router.domain.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

_CACHE_SECONDS = 300
#: Instances that start together read the key again at different times.
_CACHE_JITTER = 0.2
#: How long an expired key is used after reading it again has failed.
_RETRY_SECONDS = 30
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 4.0
#: A request waits for the first key for half of its time and at most 30 seconds: at 40 reads per second, 1,000
#: instances that start at once have it by then.
_SHARE_OF_TIME = 0.5
_LONGEST_WAIT_SECONDS = 30.0


class ClaudeApiKey:
    """Reads the key on first use and caches it for five minutes of wall-clock time."""

    def __init__(self, ssm: "SSMClient", parameter: str, clock: Clock) -> None:
        self._ssm = ssm
        self._parameter = parameter
        self._clock = clock
        self._key: str | None = None
        self._expires = 0.0

    def __call__(self, seconds: float) -> str:
        """The key, for a request that has `seconds` left.

        Raises UpstreamError if there is no usable key, ServiceUnavailable if Parameter Store does not answer in time.
        """
        now = self._clock.now().timestamp()
        if self._key is None:
            wait = min(seconds * _SHARE_OF_TIME, _LONGEST_WAIT_SECONDS)
            self._key = self._read_with_retries(self._clock.monotonic() + wait)
        elif 0 < self._expires - now <= _CACHE_SECONDS:  # the upper limit: a clock may be set back
            return self._key
        else:
            try:
                self._key = self._read()
            except SDK_ERRORS:
                self._expires = now + _jittered(_RETRY_SECONDS)
                return self._key
        self._expires = now + _jittered(_CACHE_SECONDS)
        return self._key

    def forget(self) -> None:
        """Has the next call read the key again: Claude refused the cached one."""
        self._expires = 0.0

    def _read_with_retries(self, deadline: float) -> str:
        longest = _FIRST_PAUSE_SECONDS
        while True:
            try:
                return self._read()
            except SDK_ERRORS as error:
                if not is_transient(error):
                    raise UpstreamError(
                        "This stack has no usable Claude API key. Its operator must set one: `router key set`."
                    ) from error
                pause = random.uniform(0, longest)  # noqa: S311 - spreads reads, keeps no secret
                if self._clock.monotonic() + pause >= deadline:
                    raise ServiceUnavailable(
                        "This stack's Claude API key cannot be read at the moment: Parameter Store is throttled or "
                        "unavailable. Nothing was sent to Claude. Retry in a second."
                    ) from error
                self._clock.sleep(pause)
                longest = min(longest * 2, _LONGEST_PAUSE_SECONDS)

    def _read(self) -> str:
        return self._ssm.get_parameter(Name=self._parameter, WithDecryption=True)["Parameter"]["Value"]


def _jittered(seconds: float) -> float:
    """Up to a fifth less than `seconds`."""
    return seconds * (1 - _CACHE_JITTER * random.random())  # noqa: S311 - as above
