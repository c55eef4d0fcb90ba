"""How long a caller goes on calling a mesh that does not answer."""

from __future__ import annotations

import random
import time

from depthmesh.errors import DepthmeshError

#: The server is away, stops in order, or has lost NATS: the same call succeeds when it is back.
PASSES = frozenset({"SERVICE_UNAVAILABLE", "DRAINING", "BUS_UNAVAILABLE"})
FIRST_DELAY = 0.2
LONGEST_DELAY = 5.0
#: Seconds that a mesh may be away before a call that goes on by itself gives up.
PATIENCE = 60.0
#: The bytes were damaged on their way, or another call has written meanwhile: an upload asks at once
#: where the server stands, and goes on there.
RESENT_AFTER = frozenset({"UPLOAD_CHECKSUM_MISMATCH", "UPLOAD_OFFSET_MISMATCH"})
#: How often, before a part succeeds.
RESENDS = 3


class Patience:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._delay = FIRST_DELAY
        self._away_since: float | None = None

    def answered(self) -> None:
        """The server has answered something: from now on it has not been away."""
        self._away_since = None
        self._delay = FIRST_DELAY

    def delay_after(self, error: DepthmeshError) -> float:
        """Seconds to wait before the next call; raises the error if no further call is of use."""
        if error.reason not in PASSES:
            raise error
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
        delay = error.retry_delay or self._delay * random.uniform(0.8, 1.2)
        if now + delay - self._away_since > self._seconds:
            raise error
        self._delay = min(self._delay * 2, LONGEST_DELAY)
        return delay
