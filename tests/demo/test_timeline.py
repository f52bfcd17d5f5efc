"""Where the time of a demo went: stages and what each process computed in them, with real processes."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from oms.demo.timeline import Timeline, computed

# A parent that waits while its child computes for a third of a second of processor time.
FAMILY = """
import subprocess, sys
child = "import time\\nwhile time.process_time() < 0.3: pass"
subprocess.run([sys.executable, "-c", child])
open(sys.argv[1], "w").write("done")
sys.stdin.read()
"""


def test_what_children_computed_counts_also_when_they_are_gone(tmp_path: Path) -> None:
    done = tmp_path / "done"
    timeline = Timeline(lambda: {"family": family.pid})
    with subprocess.Popen([sys.executable, "-c", FAMILY, str(done)], stdin=subprocess.PIPE) as family:
        timeline.enter("work")
        timeline.start()
        deadline = time.monotonic() + 30
        while not done.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert computed({"family": family.pid})["family"] >= 0.3
        timeline.stop()
        began = time.monotonic()
        assert family.stdin is not None
        family.stdin.close()
    assert computed({"family": 2**22 + 1})["family"] == 0
    timeline.add([("rest", began)])
    header, work, rest, whole = timeline.lines()
    assert [name for name in header.split() if name in {"demo", "family"}] == sorted(
        ["demo", "family"], key=header.index
    )
    column = header.split().index("family") - len(header.split())
    assert float(work.split()[column]) >= 0.3
    assert float(rest.split()[column]) == 0
    assert float(whole.split()[column]) >= 0.3
    assert [line.split()[0] for line in (work, rest, whole)] == ["work", "rest", "all"]


def test_without_a_stage_there_is_nothing_to_tell() -> None:
    assert Timeline(dict).lines() == []
