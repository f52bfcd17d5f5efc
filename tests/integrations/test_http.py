"""Outgoing calls: where they may go, how long and how large they may be."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from integrations.platforms import http
from integrations.platforms.addresses import is_public
from integrations.platforms.base import Misconfigured, Throttled, Unreachable
from integrations.platforms.http import check_url, open_client, post_form

EVERY = "0.0.0.0"  # noqa: S104 - nobody binds to it
ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/ok": (200, {}, b'{"a": 1}'),
    "/away": (302, {"Location": "/ok"}, b""),
    "/missing": (404, {}, b""),
    "/busy": (429, {"Retry-After": "7"}, b""),
    "/down": (503, {"Retry-After": "9"}, b""),
    "/large": (200, {}, b"x" * 200_000),
}


class Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, headers, body = ANSWERS[self.path]
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body)), "X-Host": self.headers["Host"]}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        return


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://localhost:{running.server_port}"
    running.shutdown()
    running.server_close()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with open_client(read_seconds=2) as client:
        yield client


def test_the_answer_comes_from_the_address_that_was_looked_at(server: str, client: httpx.Client) -> None:
    assert post_form(client, f"{server}/ok", {"a": "1"}) == b'{"a": 1}'


@pytest.mark.parametrize(
    ("path", "failure", "wait"),
    [
        ("/away", Misconfigured, None),
        ("/missing", Misconfigured, None),
        ("/busy", Throttled, 7),
        ("/down", Unreachable, 9),
    ],
)
def test_what_each_status_means(
    server: str, client: httpx.Client, path: str, failure: type[Exception], wait: int | None
) -> None:
    with pytest.raises(failure) as raised:
        post_form(client, server + path, {})
    told = raised.value.retry_after  # type: ignore[attr-defined]
    assert (told.total_seconds() if told else None) == wait


def test_a_large_answer_is_not_read_to_its_end(
    server: str, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "MAX_BYTES", 100_000)
    with pytest.raises(Unreachable) as raised:
        post_form(client, f"{server}/large", {})
    assert raised.value.code == "too_large"


def test_an_answer_that_trickles_ends_in_time(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "WHOLE_SECONDS", 0.4)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        stop = threading.Event()

        def trickle() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not stop.wait(0.05):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=trickle)
        thread.start()
        with pytest.raises(Unreachable) as raised:
            post_form(client, f"http://127.0.0.1:{listener.getsockname()[1]}/", {})
        stop.set()
        thread.join()
    assert raised.value.code == "timeout"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", EVERY, "2130706433", "0x7f.1", "127.1"])
def test_private_addresses_are_not_called_unless_the_settings_say_so(host: str, settings: Any) -> None:
    settings.GATEWAY_ALLOW_PRIVATE = False
    with open_client(read_seconds=1) as client, pytest.raises(Misconfigured) as raised:
        post_form(client, f"http://{host}:9/", {})
    assert raised.value.code == "address_refused"


def test_the_next_address_is_tried_when_one_does_not_answer(
    server: str, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "resolve", lambda _host, _port: ["::1", "127.0.0.1"])
    assert post_form(client, f"{server}/ok", {"a": "1"}) == b'{"a": 1}'


def test_a_name_with_one_private_address_is_refused(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.GATEWAY_ALLOW_PRIVATE = False
    monkeypatch.setattr(http, "resolve", lambda _host, _port: ["93.184.216.34", "10.0.0.1"])
    with open_client(read_seconds=1) as client, pytest.raises(Misconfigured):
        post_form(client, "https://eco.example/", {})


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        (EVERY, False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
    ],
)
def test_which_addresses_belong_to_the_internet(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://eco.taobao.com/router/rest", True),
        ("https://eco.taobao.com:8443/router/rest", True),
        ("http://eco.taobao.com/router/rest", False),
        ("https://me@eco.taobao.com/", False),
        ("https://eco.taobao.com/#x", False),
        ("https://", False),
        ("https://eco.taobao.com:99999/", False),
        ("https://[::1/", False),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_which_addresses_can_be_entered(url: str, fine: bool, settings: Any) -> None:
    settings.GATEWAY_ALLOW_PRIVATE = False
    assert (check_url(url) == "") is fine
