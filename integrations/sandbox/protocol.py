"""The common part of every call: who calls, when, for which shop, and whether the signature is right."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from . import clock, signing
from .errors import TopError, invalid, missing
from .faults import Fault
from .store import App, Shop, Store
from .words import words

TOLERANCE = timedelta(minutes=10)
COMMON = frozenset(
    words("method app_key session timestamp format v sign_method sign simplify target_app_key partner_id")
)


@dataclass
class Call:
    """A call whose common parameters are right."""

    method: str
    app: App
    shop: Shop | None
    parameters: dict[str, str]
    store: Store
    now: datetime
    faults: list[Fault] = field(default_factory=list)

    @property
    def seller(self) -> Shop:
        """The shop that has authorised the call. Without one `check_call` has refused methods that need it."""
        if self.shop is None:
            raise TopError(26)
        return self.shop

    def struck(self, kind: str) -> list[Fault]:
        return [fault for fault in self.faults if fault.kind == kind]

    def text(self, name: str, default: str = "") -> str:
        return self.parameters.get(name) or default

    def required(self, name: str) -> str:
        value = self.parameters.get(name, "")
        if not value:
            raise missing(name)
        return value

    def integer(self, name: str, default: int | None = None, low: int = 0, high: int = 2**63 - 1) -> int:
        """A whole number in [low, high]; without a default the parameter is required."""
        value = self.required(name) if default is None else self.text(name, str(default))
        if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
            raise invalid(name, f"must be a whole number from {low} to {high}")
        return int(value)

    def flag(self, name: str) -> bool:
        value = self.text(name, "false")
        if value not in ("true", "false"):
            raise invalid(name, "must be true or false")
        return value == "true"

    def time(self, name: str, default: datetime | None = None) -> datetime:
        value = self.required(name) if default is None else self.text(name)
        if not value and default is not None:
            return default
        try:
            return clock.parse(value)
        except ValueError:
            raise invalid(name, "must be yyyy-MM-dd HH:mm:ss") from None

    def fields(self) -> list[str]:
        names = [name.strip() for name in self.required("fields").split(",")]
        return [name for name in names if name]


@dataclass(frozen=True)
class Method:
    """What a method answers, and whether a seller must have authorised it."""

    answer: Callable[[Call], dict[str, Any]]
    needs_session: bool = True


def check_call(parameters: dict[str, str], methods: dict[str, Method], store: Store) -> Call:
    """Check the common parameters in the order of the gateway. Raises TopError."""
    method = parameters.get("method")
    if not method:
        raise TopError(21)
    if method not in methods:
        raise TopError(22, "isv.invalid-method", "不存在的方法名")
    app = _check_app(parameters, store)
    _check_time(parameters)
    version = parameters.get("v")
    if not version:
        raise TopError(32)
    if version != "2.0":
        raise TopError(34 if version == "1.0" else 33)
    _check_signature(parameters, app)
    if method in app.options.get("denied_methods", ()):
        raise TopError(11, "isv.permission-api-package-not-allowed", "scope ids is not allowed")
    shop = _check_session(parameters, app, store) if methods[method].needs_session else None
    business = {name: value for name, value in parameters.items() if name not in COMMON}
    return Call(method, app, shop, business, store, clock.now())


def _check_app(parameters: dict[str, str], store: Store) -> App:
    app_key = parameters.get("app_key")
    if not app_key:
        raise TopError(28)
    app = store.app(app_key)
    if app is None:
        raise TopError(29, "isv.appkey-not-exists", "app_key does not exist")
    return app


def _check_time(parameters: dict[str, str]) -> None:
    timestamp = parameters.get("timestamp")
    if not timestamp:
        raise TopError(30)
    try:
        moment = clock.parse(timestamp)
    except ValueError:
        raise TopError(31, "isv.invalid-timestamp", "timestamp must be yyyy-MM-dd HH:mm:ss") from None
    if abs(clock.now() - moment) > TOLERANCE:
        raise TopError(31, "isv.invalid-timestamp", "timestamp is more than 10 minutes off (GMT+8)")


def _check_signature(parameters: dict[str, str], app: App) -> None:
    if not parameters.get("sign"):
        raise TopError(24)
    sign_method = parameters.get("sign_method", "")
    if sign_method not in signing.METHODS or not signing.is_signed(parameters, app.secret, sign_method):
        raise TopError(25, "isv.invalid-signature", "签名错误")


def _check_session(parameters: dict[str, str], app: App, store: Store) -> Shop:
    session = parameters.get("session")
    if not session:
        raise TopError(26, "isv.missing-session", "session is required")
    shop = store.shop_of_session(session)
    if shop is None or shop.app_key != app.app_key or shop.options.get("session_expired"):
        raise expired_session()
    return shop


def expired_session() -> TopError:
    return TopError(27, "isv.invalid-session", "session 已失效，请重新授权")
