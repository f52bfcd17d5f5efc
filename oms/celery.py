"""The Celery application: tasks say "look now", and the beat repeats it, so that a lost message costs seconds and no work."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_ready, worker_shutting_down

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")

app = Celery("oms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _every(task: str, seconds: float) -> dict[str, object]:
    # A sweep that nobody took before the next one comes is worth nothing: it expires, so that a queue cannot fill up
    # while the workers are away.
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


app.conf.beat_schedule = {
    "process due trades and orders": _every("orders.process_due", 3),
    "merge what belongs together": _every("orders.merge_due", 10),
    "download shops": _every("integrations.download_due", 10),
    "deliver the outbox": _every("core.deliver_outbox", 5),
    "run jobs": _every("core.run_jobs", 3),
    "post shipped orders": _every("finance.post_due", 5),
    "wake orders for regions of the day": _every("orders.wake_periods", 900),
    "try again what an error of ours stopped": _every("orders.try_again", 3600),
    "check what must always be true": _every("core.check_invariants", 60),
    "tally the day": _every("portal.fill_tallies", 60),
    "remove what was kept long enough": _every("core.sweep", 3600),
    "keep partitions ready": _every("core.ensure_partitions", 3600),
}


# The models cannot be imported before Celery has set Django up.
@worker_ready.connect
def _worker_ready(**_: Any) -> None:
    from oms.core import heartbeat
    from oms.core.models import Heart

    heartbeat.start(Heart.Kind.WORKER)


@worker_shutting_down.connect
def _worker_shutting_down(**_: Any) -> None:
    from oms.core import heartbeat
    from oms.core.models import Heart

    heartbeat.stop(Heart.Kind.WORKER)


@beat_init.connect
def _beat_init(**_: Any) -> None:
    import atexit

    from oms.core import heartbeat
    from oms.core.models import Heart

    heartbeat.start(Heart.Kind.BEAT)
    atexit.register(heartbeat.stop, Heart.Kind.BEAT)
