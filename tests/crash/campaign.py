"""Which runs are made, on how many runners at once, and what they came to."""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
import queue
import random
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import psycopg2
from django.core.management import call_command
from django.db import connection
from psycopg2 import sql

from tests.crash.planted import BUGS
from tests.crash.points import Point
from tests.crash.runs import HarnessFailed, Outcome, Runs

DOUBLES = 60
KNOWN = 2
"""Points at which a planted bug is looked for in the sample of the tests."""
SHOWN = 10
ATTEMPTS = 3


class Task(NamedTuple):
    """One run: killed at ``point``, and at ``again`` of the second try; with a planted bug, or none."""

    point: Point
    bug: str = ""
    again: int | None = None


class Found(NamedTuple):
    """What a run showed; ``strayed`` when it was not killed where it was to be."""

    task: Task
    differences: list[str]
    strayed: str


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
        """Every point of a day on which nobody dies."""
        points, _sound, _bugs = self._enumerate()
        for point in points:
            self.tell(f"{point.number:4} {point}")
        return {"points": len(points), "well": True}

    def _enumerate(self) -> tuple[list[Point], Outcome, dict[str, list[Point]]]:
        """The points of the sound day, what it came to, and the points of the day with each planted bug."""
        runs = Runs(self._url, self._source, self.folder / "first", f"{os.getpid()}_first")
        try:
            sound = runs.run()
            if faults := sound.differs_from(sound):
                raise HarnessFailed(f"the day goes wrong without any crash: {faults}")
            for name in sound.modules:
                # What a process needs is loaded once, and not again in each of its forks.
                importlib.import_module(name)
            bugs: dict[str, list[Point]] = {}
            for name in BUGS if self.arguments.planted != "none" else ():
                outcome = runs.run(bug=name)
                if faults := outcome.differs_from(sound):
                    raise HarnessFailed(f"{name} shows without a crash: {faults}")
                bugs[name] = outcome.points
            return sound.points, sound, bugs
        finally:
            runs.close()

    def _tasks(self, points: Sequence[Point], bugs: dict[str, list[Point]]) -> list[Task]:
        arguments, dice = self.arguments, random.Random(self.arguments.seed)
        chosen = list(points[arguments.first - 1 : arguments.last or None])
        if arguments.moments:
            chosen = [point for point in chosen if point.moment == "after" or point.number == 1]
        doubles = arguments.double if arguments.double >= 0 else 0 if arguments.sample else DOUBLES
        if arguments.sample:
            chosen = sorted(dice.sample(chosen, min(arguments.sample, len(chosen))))
        tasks = [Task(point) for point in chosen]
        tasks += [Task(dice.choice(points), again=dice.randrange(1, len(points))) for _ in range(doubles)]
        for name, passed in bugs.items():
            bug = BUGS[name]
            if arguments.planted == "known":
                tasks += [Task(point, name) for point in list(filter(bug.is_known_at, passed))[-KNOWN:]]
            else:
                possible = list(filter(bug.may_show_at, passed))
                tasks += [Task(point, name) for point in possible[:: max(len(possible) // arguments.planted_points, 1)]]
        return tasks

    # -- the runs ----------------------------------------------------------------------------------------------------

    def run(self) -> dict[str, Any]:
        """Make all runs; the summary."""
        points, sound, bugs = self._enumerate()
        kinds = Counter(point.kind for point in points)
        self.tell(f"{len(points)} points: {', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))}")
        tasks = self._tasks(points, bugs)
        violations: list[Found] = []
        caught: defaultdict[str, list[Found]] = defaultdict(list)
        strayed = 0
        for done, found in enumerate(self._results(tasks, sound), start=1):
            if found.strayed:
                strayed += 1
                self.tell(f"strayed: {_where(found.task)}: {found.strayed}")
            if found.differences and found.task.bug:
                caught[found.task.bug].append(found)
            elif found.differences:
                violations.append(found)
                self.tell(f"VIOLATION at {_where(found.task)}: {'; '.join(found.differences)}")
            if done % 50 == 0:
                self.tell(f"{done} of {len(tasks)} runs, {len(violations)} violations")
        return self._summary(points, kinds, tasks, violations, caught) | {"strayed": strayed}

    def _summary(
        self,
        points: Sequence[Point],
        kinds: Counter[str],
        tasks: Sequence[Task],
        violations: Sequence[Found],
        caught: dict[str, list[Found]],
    ) -> dict[str, Any]:
        tried = Counter(task.bug for task in tasks if task.bug)
        planted = {}
        for name in tried:
            found = caught.get(name, [])
            planted[name] = {"tried": tried[name], "caught": len(found)}
            example = f", for example at {_where(found[0].task)}: {found[0].differences[0]}" if found else ""
            self.tell(f"planted: {BUGS[name].sentence}: caught at {len(found)} of {tried[name]} points{example}")
        return {
            "points": len(points),
            "by_kind": dict(sorted(kinds.items())),
            "killed": sum(not task.bug and task.again is None for task in tasks),
            "killed_twice": sum(task.again is not None for task in tasks),
            "violations": len(violations),
            "examples": [f"{_where(found.task)}: {found.differences[0]}" for found in violations[:SHOWN]],
            "planted": planted,
            "well": not violations and all(found["caught"] for found in planted.values()),
        }

    def _results(self, tasks: Sequence[Task], sound: Outcome) -> Iterator[Found]:
        """The runs of all runners as they come."""
        results: Any = self._context.Queue()
        runners = []
        for number in range(self.arguments.jobs):
            mine = tasks[number :: self.arguments.jobs]
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

    def _work(self, number: int, tasks: Sequence[Task], sound: Outcome, results: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        with closing(Runs(self._url, self._source, self.folder / str(number), f"{os.getpid()}_{number}")) as runs:
            for task in tasks:
                outcome, strayed = _make(runs, task, sound)
                results.put(Found(task, outcome.differs_from(sound), strayed))


def _make(runs: Runs, task: Task, sound: Outcome) -> tuple[Outcome, str]:
    """The run, and how it strayed: on a machine that is short of time a call may time out, and the day takes another way."""
    for _attempt in range(ATTEMPTS):
        outcome = runs.run(task.point.number, bug=task.bug, again_at=task.again)
        if outcome.died:
            break
    if outcome.died == str(task.point):
        return outcome, ""
    if outcome.died:
        return outcome, f"died at {outcome.died}"
    pairs = zip(outcome.points, sound.points, strict=False)
    strayed = next((f"{one} instead of {other}" for one, other in pairs if str(one) != str(other)), "")
    return outcome, f"was never there; {strayed}"


def _where(task: Task) -> str:
    again = f", then at its point {task.again}" if task.again else ""
    return f"point {task.point.number} ({task.point}){again}"
