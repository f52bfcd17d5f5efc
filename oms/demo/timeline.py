"""Where the time of a demo goes: its stages, with the seconds of each and what every process computed in it.

A thread samples the processor time of each process with all its descendants, the buried ones included; a stage's share is the
difference between its ends. What a process computed in its last moment, after the last sample, is not seen.
"""

from __future__ import annotations

import os
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from threading import Event, Thread

import psutil

EVERY = 0.5
"""Seconds between two samples."""

Stage = tuple[str, float]
"""Its name, and when it began by the monotonic clock, which all processes of a machine share."""


class Timeline:
    """Samples from ``start`` to ``stop``; ``processes`` tells the ids of what runs now, by name."""

    def __init__(self, processes: Callable[[], Mapping[str, int]]) -> None:
        self._processes = processes
        self._stages: list[Stage] = []
        self._samples: list[tuple[float, dict[str, float]]] = []
        self._end = Event()
        self._thread = Thread(target=self._sample_on, name="timeline", daemon=True)

    def start(self) -> None:
        """Begin to sample."""
        self._thread.start()

    def stop(self) -> None:
        """Sample a last time."""
        self._end.set()
        self._thread.join()

    def enter(self, name: str) -> None:
        """A stage begins, and the one before it ends."""
        self.add([(name, time.monotonic())])

    def add(self, stages: Iterable[Stage]) -> None:
        """Stages that another process told."""
        self._stages = sorted([*self._stages, *((name, at) for name, at in stages)], key=lambda stage: stage[1])

    def lines(self) -> list[str]:
        """The table: a stage a line, seconds and processor seconds by process, and the whole as the last line."""
        if not self._stages or not self._samples:
            return []
        names = sorted(self._samples[-1][1], key=lambda name: (-self._samples[-1][1][name], name))
        last = self._samples[-1][0]
        ends = [at for _name, at in self._stages[1:]] + [last]
        rows = [(name, at, end) for (name, at), end in zip(self._stages, ends, strict=True)]
        rows.append(("all", self._stages[0][1], last))
        width = max(len(name) for name, _at, _end in rows)
        lines = [f"{'':{width}}  seconds  computed  {'  '.join(f'{name:>8}' for name in names)}"]
        for name, at, end in rows:
            before, after = self._at(at), self._at(end)
            spent = [after.get(who, 0.0) - before.get(who, 0.0) for who in names]
            cells = "  ".join(f"{seconds:8.1f}" for seconds in spent)
            lines.append(f"{name:{width}}  {end - at:7.1f}  {sum(spent):8.1f}  {cells}")
        return lines

    def _at(self, moment: float) -> dict[str, float]:
        """The last sample until then."""
        position = bisect_right(self._samples, moment, key=lambda sample: sample[0])
        return self._samples[position - 1][1] if position else {}

    def _sample_on(self) -> None:
        while not self._end.wait(EVERY):
            self._sample()
        self._sample()

    def _sample(self) -> None:
        known = dict(self._samples[-1][1]) if self._samples else {}
        for name, seconds in computed(self._processes()).items():
            # A step has ended, or a process was started again: what it had computed stays counted.
            known[name] = max(known.get(name, 0.0), seconds)
        self._samples.append((time.monotonic(), known))


def computed(processes: Mapping[str, int]) -> dict[str, float]:
    """Processor seconds so far of each of the processes with its descendants, and of this process alone as ``demo``."""
    parents, spent = {}, {}
    for process in psutil.process_iter(["ppid", "cpu_times"]):
        times = process.info["cpu_times"]
        if times is not None:
            parents[process.pid] = process.info["ppid"]
            spent[process.pid] = times.user + times.system + times.children_user + times.children_system
    names = {pid: name for name, pid in processes.items()}
    own = os.times()
    seconds = dict.fromkeys(processes, 0.0) | {"demo": own.user + own.system}
    for pid, of_one in spent.items():
        at: int | None = pid
        while at is not None and at not in names:
            at = parents.get(at)
        if at is not None:
            seconds[names[at]] += of_one
    return seconds
