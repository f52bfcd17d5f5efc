"""Growing pauses between attempts, with full jitter
(https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)."""

from __future__ import annotations

import datetime as dt
import random


def pause(attempt: int, *, base: float = 2.0, cap: float = 900.0, rng: random.Random | None = None) -> dt.timedelta:
    """The pause after the ``attempt``-th failure: uniform between half a second and min(cap, base * 2 ** (attempt-1))."""
    # Beyond sixty doublings every cap is reached, and soon after them no float holds the figure.
    ceiling = min(cap, base * 2 ** (min(max(attempt, 1), 60) - 1))
    return dt.timedelta(seconds=(rng or random).uniform(0.5, max(ceiling, 0.5)))
