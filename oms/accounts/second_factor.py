"""The second factor of a sign-in: a code of six digits that a phone makes anew every thirty seconds (RFC 6238), or a recovery code.

    1. Somebody sets it up: a secret, shown as a picture to scan; a first code proves that the phone has it. Recovery codes are shown once.
    2. From then on the sign-in asks for a code after the password. A code is taken once; five wrong ones make the name wait.
    3. A role may demand it (the function ``accounts.needs_second_factor``): whoever has none sets one up before anything else.

Programs sign in by their tokens and are not asked.
"""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import quote

import segno
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django_otp.oath import hotp

from oms.accounts.audit_log import record
from oms.accounts.locks import lock_factor
from oms.accounts.models import RecoveryCode, SecondFactor, Staff
from oms.core.errors import UnableTo

SET_UP, TURNED_OFF, RESET = "set_up_second_factor", "turn_off_second_factor", "reset_second_factor"
FAILED, RECOVERED, RENEWED = "second_factor_failed", "recovery_code_used", "renew_recovery_codes"

STEP_S = 30
DIGITS = 6
AROUND = 1
"""Steps by which the clock of a phone may differ."""

MOST_FAILURES = 5
WAIT = dt.timedelta(minutes=15)
RECOVERY_CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


class WrongCode(UnableTo):
    """The code is not right, was used already, or the name has to wait."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What is shown to set a phone up: ``picture`` is a data address of an SVG, ``secret`` for who types it."""

    picture: str
    secret: str


def is_on(staff: Staff) -> bool:
    """Whether the sign-in asks this person for a code."""
    return SecondFactor.objects.filter(staff=staff, confirmed_at__isnull=False).exists()


def is_demanded(staff: Staff) -> bool:
    """Whether one of the person's roles demands a second factor. Being allowed everything does not."""
    name = {"permissions__content_type__app_label": "accounts", "permissions__codename": "needs_second_factor"}
    return staff.groups.filter(**name).exists()


def begin(staff: Staff) -> Enrolment:
    """A secret to set a phone up with; the same one until it is confirmed. Raises UnableTo when one is in use."""
    fresh = base64.b32encode(secrets.token_bytes(20)).decode()
    factor, _made = SecondFactor.objects.get_or_create(staff=staff, defaults={"secret": fresh})
    if factor.confirmed_at is not None:
        raise UnableTo(_("The second factor is on already."), code="second_factor_on")
    name = quote(f"{settings.SECOND_FACTOR_ISSUER}:{staff.username}")
    issuer = quote(settings.SECOND_FACTOR_ISSUER)
    address = f"otpauth://totp/{name}?secret={factor.secret}&issuer={issuer}&digits={DIGITS}&period={STEP_S}"
    picture = segno.make(address, error="m", micro=False).svg_data_uri(scale=5, border=2)
    return Enrolment(picture, factor.secret)


def confirm(staff: Staff, code: str, now: dt.datetime, *, by: HttpRequest) -> list[str]:
    """Take the first code of the phone, turn the second factor on, and return the recovery codes. Raises WrongCode."""
    _take(staff, code, now, by=by, confirmed=False)
    with transaction.atomic():
        SecondFactor.objects.filter(staff=staff).update(confirmed_at=now)
        record(by, SET_UP, "staff", staff.pk)
        return _new_codes(staff)


def check(staff: Staff, code: str, now: dt.datetime, *, by: HttpRequest) -> None:
    """Take a code of the phone, or a recovery code, at the sign-in. Raises WrongCode."""
    _take(staff, code, now, by=by, confirmed=True)


def renew_codes(staff: Staff, code: str, now: dt.datetime, *, by: HttpRequest) -> list[str]:
    """New recovery codes in the place of the old ones, against a code. Raises WrongCode."""
    _take(staff, code, now, by=by, confirmed=True)
    with transaction.atomic():
        record(by, RENEWED, "staff", staff.pk)
        return _new_codes(staff)


def turn_off(staff: Staff, code: str, now: dt.datetime, *, by: HttpRequest) -> None:
    """Ask for no code any more, against a code. Raises WrongCode, and UnableTo where a role demands it."""
    if is_demanded(staff):
        raise UnableTo(_("Your role demands the second factor. Ask the administrator."), code="second_factor_demanded")
    _take(staff, code, now, by=by, confirmed=True)
    with transaction.atomic():
        _forget(staff)
        record(by, TURNED_OFF, "staff", staff.pk)


def reset(staff: Staff, *, by: HttpRequest, actor: Staff) -> bool:
    """An administrator takes somebody's second factor away, such as after a lost phone. False when there was none.

    Raises UnableTo for somebody who may do everything, unless the actor may too.
    """
    if staff.is_superuser and not actor.is_superuser:
        sentence = _("%(name)s may do everything. Only somebody who may too can change that account.")
        raise UnableTo(sentence % {"name": staff}, code="superuser")
    with transaction.atomic():
        if not _forget(staff):
            return False
        record(by, RESET, "staff", staff.pk)
    return True


def codes_left(staff: Staff) -> int:
    """How many recovery codes are not used yet."""
    return RecoveryCode.objects.filter(staff=staff, used_at__isnull=True).count()


def _take(staff: Staff, code: str, now: dt.datetime, *, by: HttpRequest, confirmed: bool) -> None:
    """Take the code once, or count a failure. The row is locked: two requests with one code do not both pass."""
    code = "".join(code.split()).replace("-", "").lower()
    with transaction.atomic():
        factor = lock_factor(staff.pk)
        if factor is None or (factor.confirmed_at is None) is confirmed:
            raise WrongCode(_("There is no second factor to check. Begin again."), code="no_second_factor")
        if factor.blocked_until is not None and factor.blocked_until > now:
            minutes = max(1, round((factor.blocked_until - now).total_seconds() / 60))
            sentence = _("Too many wrong codes. Try again in %(minutes)s minutes.") % {"minutes": minutes}
            raise WrongCode(sentence, code="blocked")
        step = _step_of(factor, code, now)
        if step is not None:
            factor.last_step, factor.failures, factor.blocked_until = step, 0, None
            factor.save(update_fields=["last_step", "failures", "blocked_until"])
            return
        if confirmed and _use_recovery(staff, code, now):
            SecondFactor.objects.filter(pk=factor.pk).update(failures=0, blocked_until=None)
            record(by, RECOVERED, "staff", staff.pk, staff=staff)
            return
        factor.failures += 1
        if factor.failures >= MOST_FAILURES:
            factor.failures, factor.blocked_until = 0, now + WAIT
        factor.save(update_fields=["failures", "blocked_until"])
        record(by, FAILED, "staff", staff.pk, staff=staff)
    raise WrongCode(
        _("The code is not right, or was used already. Wait for the next one; mind that the phone's clock is right."),
        code="wrong_code",
    )


def _step_of(factor: SecondFactor, code: str, now: dt.datetime) -> int | None:
    """The step whose code this is, if it is later than the last one that was taken."""
    if len(code) != DIGITS or not code.isascii() or not code.isdigit():
        return None
    key, current = base64.b32decode(factor.secret), int(now.timestamp()) // STEP_S
    for step in range(current - AROUND, current + AROUND + 1):
        if step > factor.last_step and hmac.compare_digest(f"{hotp(key, step, DIGITS):0{DIGITS}}", code):
            return step
    return None


def _use_recovery(staff: Staff, code: str, now: dt.datetime) -> bool:
    unused = RecoveryCode.objects.filter(staff=staff, digest=_digest(staff, code), used_at__isnull=True)
    return unused.update(used_at=now) == 1


def _new_codes(staff: Staff) -> list[str]:
    codes = ["".join(secrets.choice(_ALPHABET) for _char in range(10)) for _code in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(staff=staff).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(staff=staff, digest=_digest(staff, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _digest(staff: Staff, code: str) -> str:
    return salted_hmac("oms.accounts.recovery_code", f"{staff.pk}:{code}", algorithm="sha256").hexdigest()


def _forget(staff: Staff) -> int:
    RecoveryCode.objects.filter(staff=staff).delete()
    return SecondFactor.objects.filter(staff=staff).delete()[0]
