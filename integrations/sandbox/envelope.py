"""How answers are written: the requested fields only, the method's root, JSON (nested or simplified) or XML."""

import json
import secrets
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

Document = dict[str, Any]
# XML 1.0 cannot hold most control characters, not even escaped; the real gateway drops them (guess).
_NOT_IN_XML = {code: None for code in range(32) if code not in (9, 10, 13)}


def root_name(method: str) -> str:
    """`taobao.trades.sold.get` → `trades_sold_get_response`; other name spaces keep theirs."""
    return method.removeprefix("taobao.").replace(".", "_") + "_response"


def select(document: Document, fields: Iterable[str]) -> Document:
    """Only what was asked for and has a value. `orders.oid` asks for one field of every order."""
    whole: set[str] = set()
    parts: dict[str, set[str]] = {}
    for field in fields:
        head, _, tail = field.partition(".")
        if tail:
            parts.setdefault(head, set()).add(tail)
        else:
            whole.add(head)
    chosen = {name: value for name, value in document.items() if name in whole}
    for name, wanted in parts.items():
        if name in document and name not in whole:
            chosen[name] = _select_inside(document[name], wanted)
    return chosen


def _select_inside(nested: Any, wanted: set[str]) -> Any:
    if not isinstance(nested, dict):
        return nested
    return {
        element: [select(row, wanted) for row in rows] if isinstance(rows, list) else rows
        for element, rows in nested.items()
    }


def write(method: str, body: Document, form: str, simplify: bool) -> tuple[str, bytes]:
    """Content type and bytes of a good answer (`form` is `json` or `xml`)."""
    body = {**body, "request_id": secrets.token_hex(6)}
    if form == "json" and simplify:
        return _json(_flat(body))
    return _write(root_name(method), body, form)


def write_error(body: Document, form: str) -> tuple[str, bytes]:
    return _write("error_response", {**body, "request_id": secrets.token_hex(6)}, form)


def _write(root: str, body: Document, form: str) -> tuple[str, bytes]:
    if form == "json":
        return _json({root: body})
    text = '<?xml version="1.0" encoding="utf-8" ?>' + _element(root, body)
    return "text/xml;charset=utf-8", text.encode()


def _json(value: Any) -> tuple[str, bytes]:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return "text/javascript;charset=UTF-8", text.encode()


def _flat(value: Any) -> Any:
    """`{"trades": {"trade": […]}}` → `{"trades": […]}`, at every depth."""
    if isinstance(value, list):
        return [_flat(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (only,) = value.values()
        if isinstance(only, list):
            return _flat(only)
    return {name: _flat(inner) for name, inner in value.items()}


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    if isinstance(value, dict):
        mark = ' list="true"' if any(isinstance(inner, list) for inner in value.values()) else ""
        inside = "".join(_element(key, inner) for key, inner in value.items())
        return f"<{name}{mark}>{inside}</{name}>"
    if isinstance(value, bool):
        return f"<{name}>{str(value).lower()}</{name}>"
    if value is None:
        return ""
    return f"<{name}>{escape(str(value).translate(_NOT_IN_XML))}</{name}>"
