"""The WSGI application: the gateway, the control interface and a health check."""

import json
import os
import socket
import struct
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from . import envelope, faults
from .control import Control, ControlError
from .errors import TopError, limited
from .limits import CallLimits
from .methods import METHODS
from .protocol import Call, check_call, expired_session
from .store import Store

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
MAX_BODY = 16 * 1024 * 1024
GARBAGE = b'<html><body><h1>\xb7\xfe\xce\xf1\xc6\xf7\xb7\xb1\xc3\xa6</h1>{"trades_sold'


def create_app(state: str, seed: int) -> "Sandbox":
    return Sandbox(Store(Path(state)), seed)


class Sandbox:
    def __init__(self, store: Store, seed: int) -> None:
        self.store, self.seed = store, seed
        self.limits = CallLimits()
        self.control = Control(store, self.limits, seed)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/healthz":
            self.store.row("SELECT 1")
            return _respond(start_response, "application/json", b'{"status":"ok"}')
        if path == "/router/rest":
            return self._gateway(environ, start_response)
        if path.startswith("/_control/"):
            return self._control(environ, start_response)
        return _respond(start_response, "text/plain", b"not found", "404 Not Found")

    # -- the gateway -------------------------------------------------------------------------------------------------

    def _gateway(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a call, unless a fault strikes: some before the work is done, some after it."""
        parameters = _read_parameters(environ)
        method = parameters.get("method", "")
        shop = self.store.shop_of_session(parameters.get("session", ""))
        strikes = faults.draw(self.store, shop.nick if shop else "", method)
        label = method if method in METHODS else "?"
        for fault in strikes:
            if fault.kind == "slow":
                time.sleep(float(fault.options["seconds"]))
        broken = _find_break(strikes)
        if broken and not _is_after(broken):
            self.store.count_call(label, broken.kind)
            return _break(broken, environ, start_response)
        kind, body, outcome = self._answer(environ["REQUEST_METHOD"], parameters, strikes)
        if broken:
            self.store.count_call(label, broken.kind)
            return _break(broken, environ, start_response)
        self.store.count_call(label, outcome)
        return _respond(start_response, kind, body)

    def _answer(self, verb: str, parameters: dict[str, str], strikes: list[faults.Fault]) -> tuple[str, bytes, str]:
        """Content type, body, and the outcome for the statistics ("ok" or the error's codes)."""
        form = parameters.get("format") or "xml"
        try:
            if verb != "POST":
                raise TopError(9)
            if form not in ("json", "xml"):
                form = "xml"
                raise TopError(23)
            call = check_call(parameters, METHODS, self.store)
            call.faults = strikes
            self._check_limits(call)
            body = METHODS[call.method].answer(call)
        except TopError as error:
            kind, text = envelope.write_error(error.body(), form)
            return kind, text, f"{error.code} {error.sub_code}".strip()
        kind, text = envelope.write(call.method, body, form, parameters.get("simplify") == "true")
        return kind, text, "ok"

    def _check_limits(self, call: Call) -> None:
        options = call.app.options
        for fault in call.struck("throttle"):
            self.limits.ban_for(call.app.app_key, float(fault.options["seconds"]))
        rate = float(options.get("rate", 0))
        burst = float(options.get("burst", rate))
        seconds = self.limits.take(call.app.app_key, rate, max(1.0, burst), float(options.get("ban", 1)))
        if seconds:
            raise limited(seconds)
        if call.struck("expired_session"):
            raise expired_session()
        for fault in call.struck("error"):
            wanted = fault.options
            raise TopError(int(wanted["code"]), str(wanted["sub_code"]), str(wanted["sub_msg"]))

    # -- the control interface ---------------------------------------------------------------------------------------

    def _control(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        name = environ["PATH_INFO"].removeprefix("/_control/").strip("/")
        status = "200 OK"
        try:
            query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
            answer = self.control.handle(environ["REQUEST_METHOD"], name, query, _read_body(environ))
        except ControlError as error:
            status, answer = error.status, {"error": str(error)}
        text = json.dumps(answer, ensure_ascii=False).encode()
        return _respond(start_response, "application/json; charset=utf-8", text, status)


def _read_body(environ: Environ) -> bytes:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return bytes(environ["wsgi.input"].read(min(length, MAX_BODY)))


def _read_parameters(environ: Environ) -> dict[str, str]:
    """The parameters of the form and of the address; the form's win. Bytes that are not UTF-8 spoil the signature."""
    query = environ.get("QUERY_STRING", "")
    form = _read_body(environ).decode("utf-8", "replace")
    return dict(parse_qsl(query, keep_blank_values=True)) | dict(parse_qsl(form, keep_blank_values=True))


def _find_break(strikes: list[faults.Fault]) -> faults.Fault | None:
    kinds = ("http_5xx", "reset", "garbage", "timeout_after_success")
    return next((fault for fault in strikes if fault.kind in kinds), None)


def _is_after(fault: faults.Fault) -> bool:
    return fault.kind == "timeout_after_success" or bool(fault.options.get("after"))


def _break(fault: faults.Fault, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    if fault.kind == "http_5xx":
        status = int(fault.options["status"])
        return _respond(start_response, "text/html", b"<h1>Bad Gateway</h1>", f"{status} Server Error")
    if fault.kind == "garbage":
        return _respond(start_response, "text/html", GARBAGE)
    if fault.kind == "timeout_after_success":
        time.sleep(float(fault.options["seconds"]))
        _drop_connection(environ["gunicorn.socket"], abruptly=False)
    else:
        _drop_connection(environ["gunicorn.socket"], abruptly=True)
    # The server takes this for a client that went away: it neither answers nor logs.
    raise ConnectionResetError(104, "connection dropped on purpose")


def _drop_connection(connection: socket.socket, *, abruptly: bool) -> None:
    """Close the connection under the server's feet, with a reset if `abruptly`.

    An unconnected socket takes the place of the real one, which closes it at once; the server may keep holding its own.
    """
    if abruptly:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with socket.socket(connection.family) as stand_in:
        os.dup2(stand_in.fileno(), connection.fileno())


def _respond(start_response: StartResponse, kind: str, body: bytes, status: str = "200 OK") -> Iterable[bytes]:
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
