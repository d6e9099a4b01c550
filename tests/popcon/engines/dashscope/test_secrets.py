"""The key appears nowhere: not in what is stored, logged, raised or printed."""

import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from dashscope_double.process import DoubleProcess

from popcon.engines.base import Shot
from popcon.engines.dashscope.settings import DashScopeSettings, settings_from_environment
from popcon.engines.image.dashscope import DashScopeImage
from popcon.engines.video.dashscope import DashScopeVideo
from popcon.errors import PopconError
from popcon.ledger.bill import bill
from popcon.ledger.ledger import Ledger
from popcon.ledger.record import PaidStep


def test_a_run_full_of_faults_shows_the_key_nowhere(
    double: DoubleProcess, settings: Callable[..., DashScopeSettings], ledger: Callable[..., Ledger],
    step: Callable[..., PaidStep], shot: Shot, start_frame: Any, character: Any, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    for name in ("dashscope", "urllib3", "requests"):
        logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger(name).propagate = True
    said: list[str] = []
    book = ledger(patience=0.5, unreachable=0.2)
    video, image = DashScopeVideo(settings(), book), DashScopeImage(settings(), book)
    faults: list[dict[str, Any]] = [
        {"kind": "answer", "status": 401, "code": "InvalidApiKey", "message": "bad"},
        {"kind": "reset_after"},
        {"kind": "half_json"},
        {"kind": "answer", "status": 500, "code": "InternalError"},
        {"kind": "hang_after", "seconds": 1},
    ]
    try:
        for number, fault in enumerate(faults):
            for call, buy in (
                ("create", lambda at: video.for_step(at).animate(start_frame, character, shot)),
                ("converse", lambda at: image.for_step(at).draw_start_frame(character, shot)),
            ):
                double.play(call, **fault)
                try:
                    buy(step(f"{call}-{number}"))
                except PopconError as error:
                    said += [str(error), repr(error), repr(error.__cause__), repr(error.__context__)]
    finally:
        logging.getLogger("dashscope").propagate = False
    said += [repr(settings()), str(settings()), settings().model_dump_json(), repr(video), repr(book)]
    said += [bill(book, "fox-1").model_dump_json(), *capfd.readouterr(), caplog.text]
    said += [repr(vars(record)) for record in caplog.records]
    assert any("InvalidApiKey" in text for text in said)
    assert caplog.records
    assert not [text[:200] for text in said if double.key in text]
    paths = book.store.paths("")
    assert any(path.startswith("paid/") for path in paths)
    for path in paths:
        data = book.store.read(path)
        assert data is not None
        assert double.key.encode() not in data, path
    assert double.key.encode() not in pickle.dumps(video.fingerprint)


def test_settings_come_from_the_environment_and_are_overridden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", "https://dashscope-intl.aliyuncs.com/api/v1/")
    monkeypatch.setenv("POPCON_DASHSCOPE_VIDEO_MODEL", "wan2.2-kf2v-flash")
    monkeypatch.setenv("POPCON_DASHSCOPE_SECONDS", "5")
    found = settings_from_environment(resolution="720P")
    assert found.key() == "sk-of-the-environment"
    assert found.base_url == "https://dashscope-intl.aliyuncs.com/api/v1"
    assert (found.video_model, found.seconds, found.resolution) == ("wan2.2-kf2v-flash", 5, "720P")
    assert settings_from_environment(video_model="wan2.7-i2v").video_model == "wan2.7-i2v"


@pytest.mark.parametrize("url", ["ftp://host/api", "dashscope", "https://user:secret@host/api"])
def test_an_address_that_is_none_is_refused_without_its_secrets(url: str) -> None:
    with pytest.raises(ValueError, match="base_url begins with https://") as caught:
        DashScopeSettings.model_validate({"base_url": url, "api_key": "sk-never-shown"})
    assert "sk-never-shown" not in str(caught.value)
