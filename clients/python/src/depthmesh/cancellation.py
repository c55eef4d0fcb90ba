"""Ending calls of the synchronous client from another thread."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Cancellation:
    """Give it to calls as `cancel`; `cancel()` then ends them with JOB_CANCELLED."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._listeners: dict[int, Callable[[], object]] = {}

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        with self._lock:
            self._cancelled.set()
            listeners = list(self._listeners.values())
        for listener in listeners:
            listener()

    def wait(self, seconds: float) -> bool:
        """Waits so long at most; whether it was cancelled."""
        return self._cancelled.wait(seconds)

    def listen(self, listener: Callable[[], object]) -> Callable[[], object]:
        """Calls `listener` when it is cancelled, or at once; the result stops that."""
        with self._lock:
            number = id(listener)
            self._listeners[number] = listener
            at_once = self._cancelled.is_set()
        if at_once:
            listener()
        return lambda: self._listeners.pop(number, None)
