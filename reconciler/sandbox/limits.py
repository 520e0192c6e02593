"""Request budgets: a fixed window per token, and the narrower one of IVR writes.

Headers `inin-ratelimit-count`, `-allowed` and `-reset` go out with every answer [Genesys docs]; a refusal is
429 with Retry-After in whole seconds. "off" keeps the headers and gives a budget nobody reaches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from reconciler.sandbox.answers import ApiError

HUGE = 1_000_000_000
# PUT of an IVR is documented as 100 a minute, a third of the token's 300; scaled with the token's budget.
NARROW = {("PUT", "/api/v2/architect/ivrs/{ivrId}"): 3}


@dataclass(slots=True)
class Window:
    began: float
    count: int = 0


class Limiter:
    def __init__(self, limit: tuple[int, float] | None) -> None:
        self.allowed, self.seconds = limit or (HUGE, 60.0)
        self._windows: dict[str, Window] = {}

    def headers(self, token: str, now: float) -> dict[str, str]:
        window = self._window(token, now)
        return {
            "inin-ratelimit-count": str(window.count),
            "inin-ratelimit-allowed": str(self.allowed),
            "inin-ratelimit-reset": str(self._reset(window, now)),
        }

    def spend(self, token: str, method: str, template: str, now: float) -> None:
        """Count one request. Raises ApiError 429 when the window is used up."""
        window = self._window(token, now)
        if window.count >= self.allowed:
            raise self._refusal(window, now, self.allowed)
        window.count += 1
        if share := NARROW.get((method, template)):
            narrow = self._window(f"{token} {method} {template}", now)
            budget = max(1, self.allowed // share)
            if narrow.count >= budget:
                raise self._refusal(narrow, now, budget)
            narrow.count += 1

    def forget(self) -> None:
        self._windows.clear()

    def _window(self, key: str, now: float) -> Window:
        window = self._windows.get(key)
        if window is None or now >= window.began + self.seconds:
            if len(self._windows) > 10_000:
                self._windows.clear()
            window = self._windows[key] = Window(now)
        return window

    def _reset(self, window: Window, now: float) -> int:
        return max(1, math.ceil(window.began + self.seconds - now))

    def _refusal(self, window: Window, now: float, budget: int) -> ApiError:
        seconds = self._reset(window, now)
        message = f"Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds ({budget} allowed)."
        return ApiError(429, "too.many.requests.retry.after", message, headers={"Retry-After": str(seconds)})
