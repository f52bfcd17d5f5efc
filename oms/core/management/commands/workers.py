"""Which workers and beat processes are there."""

from __future__ import annotations

import socket
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.core.heartbeat import is_alive, stuck_here
from oms.core.models import Heart


class Command(BaseCommand):
    help = "Show the workers and beat processes and when each was last heard of; fails when a kind that is asked for is missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--need", choices=Heart.Kind.values, action="append", default=[], help="a kind that must be there"
        )
        parser.add_argument(
            "--here", action="store_true", help="only processes of this host (for a container's health check)"
        )
        parser.add_argument(
            "--stuck",
            action="store_true",
            help="fail when a process of this host is there and was not heard of: it is to be killed and started again",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = Heart.objects.filter(host=socket.gethostname()) if options["here"] else Heart.objects.all()
        alive = set()
        for heart in found:
            here = is_alive(heart)
            if here:
                alive.add(heart.kind)
            silent = int((timezone.now() - heart.beat_at).total_seconds())
            state = _("stopped") if heart.stopped_at else _("at work") if here else _("silent")
            began = timezone.localtime(heart.started_at)
            self.stdout.write(
                f"{heart.name}\t{heart.get_kind_display()}\t{state}\t{began:%Y-%m-%d %H:%M:%S}\t{silent} s"
            )
        missing = [Heart.Kind(kind).label for kind in options["need"] if kind not in alive]
        if missing:
            raise CommandError(_("Not heard of lately: %(kinds)s.") % {"kinds": ", ".join(map(str, missing))})
        stuck = stuck_here() if options["stuck"] else []
        if stuck:
            names = ", ".join(heart.name for heart in stuck)
            raise CommandError(
                _("Stuck: %(names)s. Kill and start again; what they held goes on elsewhere.") % {"names": names}
            )
