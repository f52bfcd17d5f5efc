"""A sample of the crash points, and each planted bug at points that are known to catch it; ``make crash`` runs all of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.db import connection, connections

from oms.config import ROOT
from tests.alone import be_alone
from tests.crash.planted import BUGS

SAMPLE = 24


@pytest.mark.django_db(transaction=True)
def test_killed_at_any_point_nothing_is_lost_and_nothing_happens_twice() -> None:
    source = str(connection.settings_dict["NAME"])
    # A database is copied only while nobody is connected to it.
    be_alone()
    connections.close_all()
    command = [sys.executable, "-m", "tests.crash", "--sample", str(SAMPLE), "--planted", "known", "--source", source]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=900, check=False)
    assert done.stdout, done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, summary["violations"], summary["examples"]) == (0, 0, []), done.stdout
    assert summary["points"] >= 300
    assert summary["killed"] == SAMPLE
    assert {name for name, found in summary["planted"].items() if found["caught"]} == set(BUGS)
