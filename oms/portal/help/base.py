from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True, eq=False)
class Help:
    """The help of a page, together three to six sentences: what the page is for, what to do first, what its states and colours mean.

    ``guide`` names the Chinese guide and the heading in it that tell more; ``see`` are addresses without variable parts that belong
    to the same work, shown to who may enter them.
    """

    title: Promise
    purpose: Promise
    first: Promise
    signs: Promise
    guide: tuple[str, str]
    see: tuple[str, ...] = ()
