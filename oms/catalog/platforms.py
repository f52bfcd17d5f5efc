"""What people call the platforms of shops. Connectors stand on a floor above and name theirs here when they are registered."""

from __future__ import annotations

from django.utils.functional import Promise

_names: dict[str, str | Promise] = {}


def name_platform(code: str, name: str | Promise) -> None:
    """Say what people call the platform whose code ``Shop.platform`` holds."""
    _names[code] = name


def platform_name(code: str) -> str:
    """What people call the platform; the code itself for one that nobody named."""
    return str(_names.get(code, code))
