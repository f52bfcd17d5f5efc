"""How the sandbox is served: settings and hooks that gunicorn reads (`--config python:integrations.sandbox.server`).

One worker process with threads. One, because the call limits are counted in memory; threads, because slow answers and
held connections are part of the job.
"""

import json
import sys
from typing import Any

workers = 1
worker_class = "gthread"
worker_connections = 200
keepalive = 5
# Calls that are being held on purpose must not delay a stop.
graceful_timeout = 1
loglevel = "warning"
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Say that we are ready: one line of JSON with the addresses, on standard output."""
    host, port = worker.sockets[0].getsockname()[:2]
    url = f"http://{host}:{port}"
    ready = {"sandbox": "taobao", "url": url, "gateway": f"{url}/router/rest", "control": f"{url}/_control/"}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
