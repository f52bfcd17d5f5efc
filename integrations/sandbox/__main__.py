"""Start the sandbox: read the arguments, then become the WSGI server."""

import argparse
import os
import sys
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m integrations.sandbox", description="A Taobao gateway.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one (default)")
    parser.add_argument(
        "--fd", type=int, help="number of a socket that was inherited and is bound already, instead of a port"
    )
    parser.add_argument("--state", type=Path, required=True, help="directory of the sandbox's own database")
    parser.add_argument("--seed", type=int, default=1, help="seed of trades and faults (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=32, help="calls served at once (default: %(default)s)")
    arguments = parser.parse_args()
    state = arguments.state.resolve()
    state.mkdir(parents=True, exist_ok=True)
    bind = f"fd://{arguments.fd}" if arguments.fd is not None else f"{arguments.host}:{arguments.port}"
    command = [
        *(sys.executable, "-m", "gunicorn", "--config", "python:integrations.sandbox.server"),
        *("--bind", bind, "--threads", str(arguments.threads)),
        f"integrations.sandbox.app:create_app({str(state)!r}, {arguments.seed})",
    ]
    # exec keeps the process id, so that whoever started us can signal the server itself.
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter, no shell


if __name__ == "__main__":
    main()
