"""`popcon publish` refuses what cannot be published before anything is sent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from popcon.actions import PRESETS
from popcon.jobs.archive import Archive
from popcon.models.job import JobSpec
from popcon.settings import settings
from popcon.storage.store import open_store
from tests.ui.test_check_command import run


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("POPCON_STORE", str(tmp_path))
    settings.cache_clear()
    archive = Archive(open_store(str(tmp_path)))
    picture = archive.store.put(b"picture", "image/png")
    platforms = ("discord-sticker", "discord-emoji", "slack")
    spec = JobSpec(title="Fox", picture=picture, actions=(PRESETS["wave"],), platforms=platforms)
    yield archive.place(spec).id
    settings.cache_clear()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--to", "telegram"), "has none for telegram; make it with --platforms telegram-sticker"),
        (("--to", "discord"), "has discord-sticker and discord-emoji for discord"),
        (("--to", "discord", "--platform", "slack"), "has no stickers for slack that go to discord"),
        (("--to", "discord", "--platform", "discord-emoji"), "is not made yet"),
    ],
)
def test_what_cannot_be_published(
    arguments: tuple[str, ...], says: str, job: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, complaint = run(capsys, "publish", job, *arguments)
    assert code == 2
    assert says in " ".join(complaint.split())
