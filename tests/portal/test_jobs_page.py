"""The page of the jobs: whose they are, stopping them, their results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from oms.accounts.models import Staff
from oms.core import jobs
from oms.core.models import Job
from tests.factories import make_staff

pytestmark = pytest.mark.django_db

JOBS = "/jobs/"
KIND = "tests.job"


def signed_in(staff: Staff, **more: Any) -> Client:
    client = Client(**more)
    client.force_login(staff)
    return client


def make_job(staff: Staff, title: str, monkeypatch: pytest.MonkeyPatch, runner: jobs.Runner | None = None) -> Job:
    monkeypatch.setitem(jobs._runners, KIND, runner or (lambda _context: None))
    return jobs.start(KIND, {}, title=title, staff_id=staff.pk)


def stop(job: Job) -> str:
    return reverse("portal:stop_job", args=[job.pk])


def test_everybody_sees_their_own_jobs_and_some_everybodys(monkeypatch: pytest.MonkeyPatch) -> None:
    clerk, boss = make_staff(role="operations", display_name="何韵"), make_staff(role="administrator")
    make_job(clerk, "下载旗舰店", monkeypatch)
    make_job(boss, "全量导出", monkeypatch)
    own = signed_in(clerk).get(JOBS, {"stage": "all"}).content.decode()
    assert "下载旗舰店" in own
    assert "全量导出" not in own
    client = signed_in(boss)
    assert "下载旗舰店" not in client.get(JOBS).content.decode()
    everybody = client.get(JOBS, {"stage": "all"}).content.decode()
    assert "下载旗舰店" in everybody
    assert "何韵" in everybody
    assert f'href="{JOBS}"' in signed_in(clerk).get("/pulse/").content.decode()


def test_a_job_is_watched_and_stopped_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = make_staff(role="operations")
    client = signed_in(clerk)
    seen: list[str] = []

    def runner(context: jobs.JobContext) -> Mapping[str, Any]:
        for done in range(1, 4):
            context.progress(done, 1200, checkpoint={"done": done})
            if done == 2:
                seen.append(client.get(JOBS).content.decode())
                assert client.post(stop(job), headers={"HX-Request": "true"}).status_code == 200
                seen.append(client.get(JOBS).content.decode())
        return {"done": 1200}

    job = make_job(clerk, "下载旗舰店", monkeypatch, runner)
    jobs.run_due(only=job.pk)
    job.refresh_from_db()
    assert (job.state, job.done) == ("cancelled", 3)
    assert "2 / 1,200" in seen[0]
    assert stop(job) in seen[0]
    assert "正在停止" in seen[1]
    assert stop(job) not in seen[1]
    assert "已取消" in client.get(JOBS).content.decode()


def test_nobody_stops_the_job_of_somebody_else_without_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = make_staff(role="operations")
    job = make_job(clerk, "下载旗舰店", monkeypatch)
    assert signed_in(make_staff(role="operations")).post(stop(job)).status_code == 404
    job.refresh_from_db()
    assert job.state == "queued"
    assert signed_in(make_staff(role="administrator")).post(stop(job)).status_code == 302
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_stopping_what_has_ended_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = make_staff(role="operations")
    job = make_job(clerk, "下载旗舰店", monkeypatch, lambda _context: {"lines": 3, "mistakes": 1, "dry_run": True})
    jobs.run_due(only=job.pk)
    client = signed_in(clerk)
    refused = client.post(stop(job), headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "已经结束" in unquote(refused.headers["X-Sentence"])
    page = client.get(JOBS).content.decode()
    assert "行数</span> 3" in page
    assert "错误</span> 1" in page


def test_the_file_of_a_job_is_for_whoever_started_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = make_staff(role="operations")
    kept = default_storage.save("tests/result.csv", ContentFile(b"a,b\r\n"))
    job = make_job(clerk, "导出", monkeypatch, lambda _context: {"report": kept})
    address = reverse("portal:job_result", args=[job.pk])
    client = signed_in(clerk)
    assert client.get(address).status_code == 404
    jobs.run_due(only=job.pk)
    assert address in client.get(JOBS).content.decode()
    answer = client.get(address)
    assert b"".join(answer) == b"a,b\r\n"
    assert f"job-{job.pk}.csv" in answer.headers["Content-Disposition"]
    boss = signed_in(make_staff(role="administrator"))
    assert boss.get(address).status_code == 404
    assert address not in boss.get(JOBS, {"stage": "all"}).content.decode()
    default_storage.delete(kept)
    assert client.get(address).status_code == 404


def test_a_batch_leads_to_its_own_page_for_whoever_started_it() -> None:
    staff, boss = make_staff(role="customer_service"), make_staff(role="administrator")
    job = Job.objects.create(kind="orders.batch", title="挂起 · 3 单", created_by=staff)
    address = reverse("orders:batch_page", args=[job.pk])
    assert address in signed_in(staff).get(JOBS).content.decode()
    assert address not in signed_in(boss).get(JOBS, {"stage": "all"}).content.decode()


def test_a_comparison_says_what_it_is_and_leads_to_what_came_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = make_staff(role="operations")
    job = make_job(clerk, "其余中通", monkeypatch)
    Job.objects.filter(pk=job.pk).update(
        kind="orders.what_if", state=Job.State.DONE, result={"changed": 131, "trades": 240}
    )
    page = signed_in(clerk).get(JOBS).content.decode()
    assert "影响推演" in page
    assert "有变化" in page
    assert "131" in page
    assert f'href="{reverse("rules:result", args=[job.pk])}"' in page
