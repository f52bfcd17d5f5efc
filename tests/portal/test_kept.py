"""Parts of pages that are kept: the same for who may do the same, and for nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.template import RequestContext, Template, TemplateSyntaxError
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from oms.accounts.models import Staff
from oms.portal.templatetags import kept
from tests.factories.staff import make_staff

pytestmark = pytest.mark.django_db

LOAD = "{% load i18n kept %}"


def write(template: Template, staff: Staff, **values: Any) -> str:
    """The template as this person gets it."""
    request = RequestFactory().get("/somewhere/")
    request.user = staff
    return str(template.render(RequestContext(request, values)))


def test_a_part_is_written_once_for_the_same_values() -> None:
    class Counted:
        times = 0

        def __str__(self) -> str:
            Counted.times += 1
            return "x"

    template, value, staff = Template(LOAD + "{% kept value=value %}{{ value }}{% endkept %}"), Counted(), make_staff()
    assert [write(template, staff, value=value) for _ in range(3)] == ["x", "x", "x"]
    assert Counted.times == 1
    assert write(template, staff, value="y") == "y"
    assert write(template, staff, value="<y>") == "&lt;y&gt;"


def test_other_functions_and_other_languages_have_their_own() -> None:
    template = Template(
        LOAD + "{% kept %}{% translate 'Save' %}{% if perms.orders.view_order %}!{% endif %}{% endkept %}"
    )
    clerk, buyer = make_staff(role="customer_service"), make_staff()
    for _ in range(2):
        assert write(template, clerk) == "保存!"
        assert write(template, buyer) == "保存"
        with translation.override("en"):
            assert write(template, make_staff(superuser=True)) == "Save!"
            assert write(template, buyer) == "Save"


@pytest.mark.parametrize(
    "inside", ["{{ request.path }}", "{% if user.is_superuser %}{% endif %}", "{{ stage }}", "{% csrf_token %}",
               "{% include name %}", "{% for one in rows %}{% endfor %}"],
)  # fmt: skip
def test_what_is_not_handed_in_cannot_be_used(inside: str) -> None:
    template = Template(LOAD + "{% kept other=other %}" + inside + "{% endkept %}")
    with pytest.raises(kept.NotHandedIn):
        write(template, make_staff(), other=1, stage="open", name="parts/reload.html", rows=[1])


def test_what_stands_nowhere_is_empty_as_everywhere() -> None:
    template = Template(LOAD + "{% kept %}{% for n in '12' %}{{ n }}{{ nowhere }}{% endfor %}{% endkept %}")
    assert write(template, make_staff()) == "12"


def test_a_value_without_a_name_is_refused() -> None:
    with pytest.raises(TemplateSyntaxError):
        Template(LOAD + "{% kept value %}{% endkept %}")


def test_there_are_never_more_than_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 5)
    monkeypatch.setattr(kept, "_kept", {})
    template, staff = Template(LOAD + "{% kept n=n %}{{ n }}{% endkept %}"), make_staff()
    assert [write(template, staff, n=n) for n in range(20)] == [str(n) for n in range(20)]
    assert len(kept._kept) <= 5


def test_navigation_and_buttons_follow_what_a_role_may_do() -> None:
    client, other = Client(), Client()
    client.force_login(make_staff(role="customer_service", display_name="林晓"))
    other.force_login(make_staff(role="customer_service", display_name="周宁"))
    url, hold = reverse("orders:workbench"), 'id="dialog-hold"'

    def page(browser: Client) -> str:
        return browser.get(url, {"stage": "cs_review"}).content.decode()

    pages = [page(client), page(other)]
    assert [hold in text for text in pages] == [True, True]
    # What is one's own stays one's own.
    assert [("林晓" in text, "周宁" in text) for text in pages] == [(True, False), (False, True)]
    tokens = [text.split("csrfmiddlewaretoken")[1][:100] for text in pages]
    assert tokens[0] != tokens[1]
    Group.objects.get(name="customer_service").permissions.remove(Permission.objects.get(codename="hold_order"))
    assert hold not in page(client)
