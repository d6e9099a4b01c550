"""A record that is damaged, or of another version, is told for its job in one sentence; other jobs are as they were."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from popcon.actions import action
from popcon.jobs.archive import Archive, Job
from popcon.models.job import JobSpec
from popcon.models.step import Step
from popcon.models.summary import ActionSummary
from popcon.models.verdict import Status
from popcon.storage.store import Store
from tests.ui.web.conftest import HERE
from ui.web.app import create_app

DAMAGES = {"cut": b'{"a', "another shape": b'{"x": 5}', "a list": b"[1]", "no text": b"\xff\xfe", "empty": b""}


def placed(archive: Archive, title: str) -> Job:
    picture = archive.store.put(b"\x89PNG", "image/png")
    spec = JobSpec(title=title, picture=picture, actions=(action("wave"),), platforms=("line-emoji",))
    job = archive.place(spec)
    archive.summarise(job.id, ActionSummary(action="wave", status=Status.DONE))
    return job


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("record", ["spec.json", "actions/wave/summary.json", "revisions/0000.json"])
def test_a_damaged_record_is_told_for_its_job_alone(tmp_path: Path, record: str, damage: str) -> None:
    archive = Archive(Store(str(tmp_path / "store")))
    job, other = placed(archive, "Fox"), placed(archive, "Owl")
    archive.redo(job, Step.TAKE)
    path = tmp_path / "store/jobs" / job.id / record
    assert path.exists()
    path.write_bytes(DAMAGES[damage])
    archive.bump_version(job.id)
    app = create_app(archive.store.url, home=tmp_path)
    app.state.app_state.runner.close()
    client = TestClient(app, base_url=HERE, raise_server_exceptions=False)
    requests = [
        ("GET", f"/api/jobs/{job.id}", None),
        ("GET", f"/api/jobs/{job.id}/plan", None),
        ("GET", f"/api/jobs/{job.id}/portrait", None),
        ("GET", f"/api/jobs/{job.id}/actions/wave/edit-session", None),
        ("POST", f"/api/jobs/{job.id}/actions/wave/verdict", {"gate": "refinement", "kind": "approve"}),
    ]
    for method, url, body in requests:
        answer = client.request(method, url, json=body)
        assert answer.status_code != 500, url
        if answer.status_code >= 400:
            sentence = answer.json()["error"]
            assert sentence.endswith((".", "…")), sentence
            assert "Traceback" not in sentence
    if record == "spec.json":
        told = client.get(f"/api/jobs/{job.id}")
        assert told.status_code == 503
        assert f"jobs/{job.id}/spec.json" in told.json()["error"]
    listed = client.get("/api/jobs")
    assert listed.status_code == 200
    assert other.id in [each["id"] for each in listed.json()["jobs"]]
    assert client.get(f"/api/jobs/{other.id}").status_code == 200
    gone = client.delete(f"/api/jobs/{job.id}")
    assert gone.status_code == 200, "what cannot be read can be deleted all the same"
    assert "was deleted" in gone.json()["message"]
    assert client.get(f"/api/jobs/{job.id}").status_code in (404, 503)
    assert job.id not in [each["id"] for each in client.get("/api/jobs").json()["jobs"]]
