"""The import from the products' page: job, progress, result, report, and whose it is."""

from __future__ import annotations

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from oms.accounts.models import Staff
from oms.accounts.roles import seed_roles
from oms.catalog.models import Sku
from oms.core import jobs
from oms.core.models import Job
from tests.factories import make_staff

pytestmark = pytest.mark.django_db

GOOD = "商家编码,商品名称,价格\nA,茶,1\n"
MIXED = GOOD + "B,=cmd,-1\n"


def _client(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff, backend="oms.accounts.backend.StaffBackend")
    return client


@pytest.fixture
def clerk() -> Client:
    seed_roles()
    return _client(make_staff(role="operations"))


def _send(client: Client, text: str, **values: str) -> Job:
    file = SimpleUploadedFile("货.csv", text.encode())
    response = client.post(reverse("catalog:import_products"), {"file": file, **values})
    assert response.status_code == 200
    return Job.objects.latest("id")


def test_a_file_is_imported_by_a_job_and_its_mistakes_are_shown_and_taken_away(clerk: Client) -> None:
    job = _send(clerk, MIXED)
    assert not Sku.objects.exists()
    assert "hx-get" in clerk.get(reverse("catalog:import_progress", args=[job.id])).content.decode()
    assert jobs.run_due() == 1
    page = clerk.get(reverse("catalog:import_progress", args=[job.id]))
    assert "hx-get" not in page.content.decode()
    assert Sku.objects.get().code == "A"
    job.refresh_from_db()
    assert (job.result or {})["shown"][0][:2] == [3, "价格"]
    report = clerk.get(reverse("catalog:import_report", args=[job.id]))
    text = report.getvalue().decode("utf-8-sig")
    assert "3,价格," in text
    assert not default_storage.exists(job.params["path"])


def test_only_checking_writes_nothing(clerk: Client) -> None:
    _send(clerk, GOOD, dry_run="1")
    jobs.run_due()
    assert not Sku.objects.exists()


def test_a_file_that_cannot_be_read_says_why(clerk: Client) -> None:
    job = _send(clerk, "a,b\n1,2\n")
    jobs.run_due()
    page = clerk.get(reverse("catalog:import_progress", args=[job.id])).content.decode()
    assert "商家编码" in page
    assert "alert" in page


def test_an_import_may_be_stopped_before_it_starts(clerk: Client) -> None:
    job = _send(clerk, GOOD)
    clerk.post(reverse("catalog:import_cancel", args=[job.id]))
    assert jobs.run_due() == 0
    assert not default_storage.exists(job.params["path"])
    assert not Sku.objects.exists()


def test_without_a_file_a_sentence_says_what_to_do(clerk: Client) -> None:
    response = clerk.post(reverse("catalog:import_products"), headers={"HX-Request": "true"})
    assert response.status_code == 422
    assert response["X-Sentence"]


def test_it_is_for_those_who_may_change_products_and_each_sees_their_own(clerk: Client) -> None:
    job = _send(clerk, MIXED)
    jobs.run_due()
    other = _client(make_staff(role="operations"))
    service = _client(make_staff(role="customer_service"))
    for name in ("import_progress", "import_report"):
        assert other.get(reverse(f"catalog:{name}", args=[job.id])).status_code == 404
        assert service.get(reverse(f"catalog:{name}", args=[job.id])).status_code == 403
    assert service.post(reverse("catalog:import_products")).status_code == 403
    assert other.post(reverse("catalog:import_cancel", args=[job.id])).status_code == 404
