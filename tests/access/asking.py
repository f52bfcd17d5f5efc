"""Asking at a door as somebody, and reading the whole answer: page, data, headers, the insides of a workbook."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from oms.accounts.models import Staff
from oms.accounts.routes import all_addresses
from tests.access.table import PAGES, PERSON, ROUTES, Way
from tests.access.world import Scene, World


class QuickClient(Client):
    """A client that keeps no copies of the templates' contexts: the walk asks a thousand times and looks at the answers alone."""

    def request(self, **request: Any) -> Any:
        response = self.handler(self._base_environ(**request))  # type: ignore[attr-defined]
        if response.cookies:
            self.cookies.update(response.cookies)
        return response


@dataclass(frozen=True, slots=True)
class Door:
    """A page, or an action of the API: ``needs`` are the permissions of its gate."""

    name: str
    key: str
    needs: tuple[str, ...]
    kind: str

    @property
    def way(self) -> Way:
        return PAGES[self.key] if self.key in PAGES else ROUTES[self.key]

    def opens_to(self, staff: Staff) -> bool:
        return staff.has_perms([*self.needs, *self.way.also])


def all_doors() -> list[Door]:
    """Every door of the URL conf and of the API's router, decided about or not."""
    found = []
    for address in all_addresses():
        for action, access in address.doors():
            key = f"{address.name} {action}".strip()
            kind, needs = (access.kind, access.permissions) if access is not None else ("undecided", ())
            found.append(Door(address.name, key, needs, kind))
    return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: ``text`` is everything that can be read in it."""

    status: int
    text: str


def ask(client: Client, door: Door, world: World, scene: Scene, staff: Staff, owner: Staff | None = None) -> Answer:
    """Ask about the things of a scene; about the jobs of ``owner`` where the door is about a person's."""
    way = door.way
    of_whom = owner if owner is not None and PERSON in way.by else staff
    url = reverse(door.name, kwargs=dict(way.where(world, scene, of_whom)))
    sent: Mapping[str, Any] = way.sent(world, scene, staff)
    response: HttpResponseBase
    if way.method == "GET":
        response = client.get(url, sent)
    elif door.key in ROUTES:
        response = client.post(url, dict(sent), content_type="application/json")
    else:
        # As the pages send it: what was done and refused comes back at once, row by row.
        response = client.post(url, sent, headers={"HX-Request": "true"})
    return Answer(response.status_code, _read(response))


def echoed(door: Door, world: World, scene: Scene, staff: Staff) -> set[str]:
    """What was asked with and may stand in the answer for that."""
    values = [*door.way.where(world, scene, staff).values(), *door.way.sent(world, scene, staff).values()]
    return {str(value) for value in values}


def _read(response: HttpResponseBase) -> str:
    body = _whole(response)
    texts = [unquote(value) for _name, value in response.items()]
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            texts += [book.read(name).decode(errors="replace") for name in book.namelist()]
    else:
        texts.append(body.decode("utf-8-sig", errors="replace"))
    return "\n".join(texts)


def _whole(response: HttpResponseBase) -> bytes:
    if response.streaming:
        chunks: Iterable[bytes] = response.streaming_content  # type: ignore[attr-defined]
        return b"".join(chunks)
    return bytes(response.content)  # type: ignore[attr-defined]
