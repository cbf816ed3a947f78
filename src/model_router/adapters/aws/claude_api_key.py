"""The Claude API key from its SecureString. It is never copied anywhere else, and never read at init: SnapStart would
freeze it into the snapshot."""

import random
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from model_router.adapters.aws.errors import is_transient
from model_router.domain.errors import ServiceUnavailable, UpstreamError
from model_router.domain.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

_CACHE_SECONDS = 300
#: Instances that started together do not all read again together.
_CACHE_JITTER = 0.2
#: After a read that failed while an earlier key is still there.
_RETRY_SECONDS = 30
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 4.0
#: A request waits for its key for this share of its time, and no longer than so many seconds: at 40 reads a second,
#: 1,000 instances that start at once have theirs by then.
_SHARE_OF_TIME = 0.5
_LONGEST_WAIT_SECONDS = 30.0


class ClaudeApiKey:
    """Read when it is first needed, and used for five minutes by the time of day."""

    def __init__(self, ssm: "SSMClient", parameter: str, clock: Clock) -> None:
        self._ssm = ssm
        self._parameter = parameter
        self._clock = clock
        self._key: str | None = None
        self._expires = 0.0

    def __call__(self, seconds: float) -> str:
        """The key. `seconds` are left for the request; half of them, and at most 30, may pass until the key is there.

        Raises UpstreamError if there is no usable key, ServiceUnavailable if Parameter Store did not answer in time.
        """
        now = self._clock.now().timestamp()
        if self._key is None:
            wait = min(seconds * _SHARE_OF_TIME, _LONGEST_WAIT_SECONDS)
            self._key = self._first(self._clock.monotonic() + wait)
        elif not 0 < self._expires - now <= _CACHE_SECONDS:  # a clock may be set back
            try:
                self._key = self._read()
            except (BotoCoreError, ClientError):  # the key that is there still serves
                self._expires = now + _jittered(_RETRY_SECONDS)
                return self._key
        else:
            return self._key
        self._expires = now + _jittered(_CACHE_SECONDS)
        return self._key

    def forget(self) -> None:
        """Reads the key again at the next call: Claude refused the one that is there."""
        self._expires = 0.0

    def _first(self, ends: float) -> str:
        longest = _FIRST_PAUSE_SECONDS
        while True:
            try:
                return self._read()
            except (BotoCoreError, ClientError) as error:
                if not is_transient(error):
                    raise UpstreamError(
                        "This stack has no usable Claude API key. Its operator must set one: `router key set`."
                    ) from error
                pause = random.uniform(0, longest)  # noqa: S311 - spreads reads, keeps no secret
                if self._clock.monotonic() + pause >= ends:
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
