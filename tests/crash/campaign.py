"""Which runs are made, on how many runners at once, and what they came to."""

from __future__ import annotations

import argparse
import gc
import importlib
import itertools
import multiprocessing
import os
import queue
import random
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import psycopg2
from django.core.management import call_command
from django.db import connection
from psycopg2 import sql

from tests.crash.days import DAYS
from tests.crash.planted import BUGS
from tests.crash.points import Point
from tests.crash.runs import HarnessFailed, Outcome, Runs
from tests.crash.world import Day

DOUBLES = 60
KNOWN = 2
"""Points at which a planted bug is looked for in the sample of the tests."""
SHOWN = 10
PLANTED_ON = "line"
"""The day on which planted bugs are looked for."""


class Task(NamedTuple):
    """One run of a day: killed at ``point``, and at ``again`` of the second try; with a planted bug, or none."""

    day: str
    point: Point
    bug: str = ""
    again: int | None = None


class Found(NamedTuple):
    """What a run showed; ``strayed`` when it was not killed where it was to be, or could not be made."""

    task: Task
    differences: list[str]
    strayed: str


class Enumerated(NamedTuple):
    """A day on which nobody dies: its outcome with its points, and the points of the day with each planted bug."""

    sound: Outcome
    bugs: dict[str, list[Point]]


@dataclass
class Tally:
    """What the runs showed so far."""

    violations: list[Found] = field(default_factory=list)
    strayed: list[Found] = field(default_factory=list)
    caught: defaultdict[str, list[Found]] = field(default_factory=lambda: defaultdict(list))


@dataclass
class Campaign:
    """Lists the points once, without a crash, then kills at those that are asked for."""

    arguments: argparse.Namespace
    folder: Path
    tell: Callable[[str], None]

    def __post_init__(self) -> None:
        self._context = multiprocessing.get_context("fork")
        self._url = os.environ["DATABASE_URL"]
        self._source = self.arguments.source or self._make_source()

    def _make_source(self) -> str:
        """A database with the tables; the one of the address stays free for whoever makes databases."""
        name = f"crash_{os.getpid()}_source"
        with closing(psycopg2.connect(self._url)) as admin:
            admin.autocommit = True
            with admin.cursor() as cursor:
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        connection.settings_dict["NAME"] = name
        call_command("migrate", verbosity=0)
        connection.close()
        return name

    def close(self) -> None:
        """Drop what was made here."""
        if not self.arguments.source:
            with closing(psycopg2.connect(self._url)) as admin:
                admin.autocommit = True
                with admin.cursor() as cursor:
                    cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self._source)))

    # -- the points --------------------------------------------------------------------------------------------------

    def list_points(self) -> dict[str, Any]:
        """Every point of the days on which nobody dies."""
        count = 0
        for name, found in self._enumerate_all().items():
            for point in found.sound.points:
                count += 1
                self.tell(f"{count:4} {name} {point}")
        return {"points": count, "well": True}

    def _enumerate_all(self) -> dict[str, Enumerated]:
        return {name: self._enumerate(day) for name, day in DAYS.items()}

    def _enumerate(self, day: Day) -> Enumerated:
        with closing(self._runs(day, "first")) as runs:
            sound = runs.run()
            if faults := sound.differs_from(sound):
                raise HarnessFailed(f"the day {day.name} goes wrong without any crash: {faults}")
            for name in sound.modules:
                # What a process needs is loaded once, and not again in each of its forks.
                importlib.import_module(name)
            bugs: dict[str, list[Point]] = {}
            for name in BUGS if day.name == PLANTED_ON and self.arguments.planted != "none" else ():
                outcome = runs.run(bug=name)
                if faults := outcome.differs_from(sound):
                    raise HarnessFailed(f"{name} shows without a crash: {faults}")
                bugs[name] = outcome.points
            return Enumerated(sound, bugs)

    def _runs(self, day: Day, name: str) -> Runs:
        return Runs(day, self._url, self._source, self.folder / name / day.name, f"{os.getpid()}_{name}_{day.name}")

    def _tasks(self, days: Mapping[str, Enumerated]) -> list[Task]:
        """The runs that are asked for, day by day."""
        arguments, dice = self.arguments, random.Random(self.arguments.seed)
        every = [Task(name, point) for name, found in days.items() for point in found.sound.points]
        chosen = every[arguments.first - 1 : arguments.last or None]
        if not arguments.twins:
            different = {name: set(without_twins(found.sound.points)) for name, found in days.items()}
            chosen = [task for task in chosen if task.point in different[task.day]]
        doubles = arguments.double if arguments.double >= 0 else 0 if arguments.sample else DOUBLES
        if arguments.sample:
            chosen = dice.sample(chosen, min(arguments.sample, len(chosen)))
        tasks = list(chosen)
        tasks += [
            task._replace(again=dice.randrange(1, len(days[task.day].sound.points)))
            for task in dice.choices(every, k=doubles)
        ]
        for name, passed in days[PLANTED_ON].bugs.items():
            bug = BUGS[name]
            if arguments.planted == "known":
                points = list(filter(bug.is_known_at, passed))[-KNOWN:]
            else:
                possible = list(filter(bug.may_show_at, passed if arguments.twins else without_twins(passed)))
                points = possible[:: max(len(possible) // arguments.planted_points, 1)]
            tasks += [Task(PLANTED_ON, point, name) for point in points]
        return sorted(tasks, key=lambda task: list(days).index(task.day))

    # -- the runs ----------------------------------------------------------------------------------------------------

    def run(self) -> dict[str, Any]:
        """Make all runs; the summary."""
        days = self._enumerate_all()
        points = [point for found in days.values() for point in found.sound.points]
        kinds = Counter(point.kind for point in points)
        for name, found in days.items():
            self.tell(f"the day {name}: {len(found.sound.points)} points")
        self.tell(f"{len(points)} points: {', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))}")
        tasks = self._tasks(days)
        soundly = {name: found.sound for name, found in days.items()}
        tally = Tally()
        for done, came in enumerate(self._results(tasks, soundly, self.arguments.jobs), start=1):
            self._take(came, tally)
            if done % 100 == 0:
                self.tell(f"{done} of {len(tasks)} runs, {len(tally.violations)} violations")
        again = [found.task for found in tally.strayed]
        tally.strayed.clear()
        if again:
            self.tell(f"{len(again)} runs that strayed are made again, one at a time")
        for came in self._results(again, soundly, 1) if again else ():
            self._take(came, tally)
        different = sum(len(without_twins(found.sound.points)) for found in days.values())
        return self._summary(points, different, tasks, tally) | {"again": len(again)}

    def _take(self, found: Found, tally: Tally) -> None:
        if found.strayed:
            tally.strayed.append(found)
            self.tell(f"strayed: {_where(found.task)}: {found.strayed}")
        if found.differences and found.task.bug:
            tally.caught[found.task.bug].append(found)
        elif found.differences:
            tally.violations.append(found)
            self.tell(f"VIOLATION at {_where(found.task)}: {'; '.join(found.differences)}")

    def _summary(self, points: Sequence[Point], different: int, tasks: Sequence[Task], tally: Tally) -> dict[str, Any]:
        tried = Counter(task.bug for task in tasks if task.bug)
        planted = {}
        for name in tried:
            found = tally.caught.get(name, [])
            planted[name] = {"tried": tried[name], "caught": len(found)}
            example = f", for example at {_where(found[0].task)}: {found[0].differences[0]}" if found else ""
            self.tell(f"planted: {BUGS[name].sentence}: caught at {len(found)} of {tried[name]} points{example}")
        return {
            "points": len(points),
            "by_kind": dict(sorted(Counter(point.kind for point in points).items())),
            "different": different,
            "killed": sum(not task.bug and task.again is None for task in tasks),
            "killed_twice": sum(task.again is not None for task in tasks),
            "violations": len(tally.violations),
            "examples": [f"{_where(found.task)}: {found.differences[0]}" for found in tally.violations[:SHOWN]],
            "planted": planted,
            "strayed": len(tally.strayed),
            "well": not tally.violations and not tally.strayed and all(found["caught"] for found in planted.values()),
        }

    def _results(self, tasks: Sequence[Task], sound: Mapping[str, Outcome], jobs: int) -> Iterator[Found]:
        """The runs of all runners as they come."""
        results: Any = self._context.Queue()
        runners = []
        for number in range(jobs):
            mine = tasks[number::jobs]
            runner = self._context.Process(target=self._work, args=(number, mine, sound, results))
            runner.start()
            runners.append(runner)
        try:
            for _ in tasks:
                yield self._next(results, runners)
        finally:
            for runner in runners:
                runner.join()

    @staticmethod
    def _next(results: Any, runners: Sequence[Any]) -> Found:
        while True:
            try:
                found: Found = results.get(timeout=5)
            except queue.Empty:
                if any(runner.exitcode for runner in runners):
                    for runner in runners:
                        runner.terminate()
                    raise HarnessFailed("a runner failed; its trace stands above") from None
            else:
                return found

    def _work(self, number: int, tasks: Sequence[Task], sound: Mapping[str, Outcome], results: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        gc.freeze()
        for name, mine in itertools.groupby(tasks, key=lambda task: task.day):
            with closing(self._runs(DAYS[name], f"{os.getpid()}_{number}")) as runs:
                for task in mine:
                    results.put(_make(runs, task, sound[name]))


def without_twins(points: Sequence[Point]) -> list[Point]:
    """The points at which a death differs from one at any other: what is before one thing is after the thing that went before it."""
    befores = [None, *points]
    return [
        point
        for before, point in zip(befores, points, strict=False)
        if before is None or (point.moment, before.moment, point.step) != ("before", "after", before.step)
    ]


def _make(runs: Runs, task: Task, sound: Outcome) -> Found:
    """The run, and how it strayed: on a machine that is short of time a call may time out, and the day takes another way."""
    try:
        outcome = runs.run(task.point.number, bug=task.bug, again_at=task.again)
    except HarnessFailed as error:
        return Found(task, [], str(error).strip().splitlines()[-1])
    differences = outcome.differs_from(sound)
    if outcome.died == str(task.point):
        return Found(task, differences, "")
    if outcome.died:
        return Found(task, differences, f"died at {outcome.died}")
    pairs = zip(outcome.points, sound.points, strict=False)
    strayed = next((f"{one} instead of {other}" for one, other in pairs if str(one) != str(other)), "")
    return Found(task, differences, f"was never there; {strayed}")


def _where(task: Task) -> str:
    again = f", then at its point {task.again}" if task.again else ""
    return f"point {task.point.number} of the day {task.day} ({task.point}){again}"
