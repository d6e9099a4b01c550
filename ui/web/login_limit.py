"""Slows down guessing of the token."""

import time
from collections import OrderedDict
from threading import Lock

FREE_ATTEMPTS = 5
"""Wrong tokens of one address that have no consequence."""
LONGEST_S = 60.0
"""Seconds that an address has to wait at most between two attempts."""
FORGET_S = 900.0
"""Seconds without an attempt after which the wrong tokens of an address are forgotten."""
_MAX_ADDRESSES = 2000


class LoginLimit:
    """Counts wrong tokens of each client address; after `FREE_ATTEMPTS` each doubles the wait before the next try."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._lock = Lock()

    def wait_s(self, address: str) -> float:
        """Return the seconds that an address has to wait before its next attempt counts; 0 if it need not wait."""
        with self._lock:
            count, last = self._failures.get(address, (0, 0.0))
        if count < FREE_ATTEMPTS:
            return 0.0
        return max(0.0, last + min(LONGEST_S, 2.0 ** (count - FREE_ATTEMPTS)) - time.monotonic())

    def failed(self, address: str) -> None:
        """Count a wrong token."""
        with self._lock:
            count, last = self._failures.pop(address, (0, 0.0))
            now = time.monotonic()
            self._failures[address] = (1 if now - last > FORGET_S else count + 1, now)
            while len(self._failures) > _MAX_ADDRESSES:
                self._failures.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """Forget the wrong tokens of an address that has the right one."""
        with self._lock:
            self._failures.pop(address, None)
