"""The inference host over real HTTP, with small models."""

import base64
import http.client
import io
import json
import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from popcon.engines import registry
from popcon.engines.base import Click
from popcon.engines.batcher import Batcher, Busy
from popcon.engines.matte.modelled import ModelledMatte
from popcon.engines.remote.client import HostedAlpha, HostedPicture, HostedSegment
from popcon.engines.remote.connection import Address, configured, report
from popcon.engines.remote.wire import pack, unpack
from popcon.errors import BadInput, EngineUnavailable, Fault
from popcon.inference.server import Host
from popcon.inference.service import NotServed, Service
from popcon.models.job import EngineChoice
from tests.tiny_models import birefnet_folder, red_character, sam2_folder

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def birefnet(tmp_path_factory: pytest.TempPathFactory) -> EngineChoice:
    folder = birefnet_folder(tmp_path_factory.mktemp("models") / "birefnet")
    settings = {"path": str(folder), "trust_remote_code": True, "size": 96, "device": "cpu"}
    return EngineChoice(name="birefnet", settings=settings)


@pytest.fixture(scope="module")
def sam2(tmp_path_factory: pytest.TempPathFactory) -> EngineChoice:
    folder = sam2_folder(tmp_path_factory.mktemp("models") / "sam2")
    return EngineChoice(name="sam2", settings={"path": str(folder), "size": 64, "device": "cpu"})


@pytest.fixture(scope="module")
def host(birefnet: EngineChoice, sam2: EngineChoice) -> Iterator[Host]:
    service = Service([birefnet, sam2])
    running = Host(service)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    service.load()
    yield running
    running.close()


def _post(host: Host, path: str, body: bytes, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(*host.server_address[:2], timeout=30)  # type: ignore[arg-type]
    connection.request("POST", path, body, headers)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def _get(host: Host, path: str, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(*host.server_address[:2], timeout=30)  # type: ignore[arg-type]
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def test_an_engine_uses_the_host_that_the_environment_names(
    host: Host, birefnet: EngineChoice, sam2: EngineChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = red_character(3)
    alone = registry.matte(birefnet)
    monkeypatch.setenv("POPCON_INFERENCE_URL", host.url)
    engine = registry.matte(birefnet)
    assert isinstance(engine, ModelledMatte)
    assert isinstance(engine.model, HostedAlpha)
    assert engine.fingerprint == alone.fingerprint
    before = report(Address(host.url))["mattes"]
    clip = engine.study(frames, "#14be3c")
    assert engine.model.alphas(frames)[2][48, 52] == 255
    after = report(Address(host.url))["mattes"]
    assert sum(m["frames"] for m in after.values()) - sum(m["frames"] for m in before.values()) == 3
    for here, there in zip(alone.cut_out(frames, clip), engine.cut_out(frames, clip), strict=True):
        assert np.array_equal(here.rgba, there.rgba)
    assert isinstance(registry.segment(sam2), HostedSegment)


def test_clicks_and_tracking_through_the_host(host: Host, sam2: EngineChoice, monkeypatch: pytest.MonkeyPatch) -> None:
    frames, clicks = red_character(4), [Click(x=48, y=48), Click(x=2, y=2, positive=False)]
    local = registry.segment(sam2)
    monkeypatch.setenv("POPCON_INFERENCE_URL", host.url)
    hosted = registry.segment(sam2)
    mask, score = hosted.predict(hosted.encode(frames[0]), clicks)
    there, expected = local.predict(local.encode(frames[0]), clicks)
    assert np.array_equal(mask, there)
    assert score == pytest.approx(expected)
    again, _ = hosted.predict(hosted.encode(frames[0]), clicks, mask)
    assert again.shape == mask.shape
    prompts: dict[int, Any] = {1: clicks, 2: mask}
    for (n, a, s), (m, b, t) in zip(hosted.track(frames, prompts), local.track(frames, prompts), strict=True):
        assert n == m
        assert np.array_equal(a, b)
        assert s == pytest.approx(t, abs=1e-6)
    running = hosted.track(frames, prompts)
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert _get(host, "/health") == (200, {"alive": True})


def test_errors_come_through_as_what_they_are(host: Host, sam2: EngineChoice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPCON_INFERENCE_URL", host.url)
    hosted = registry.segment(sam2)
    frames = red_character(2)
    with pytest.raises(BadInput, match="outside the picture"):
        hosted.predict(hosted.encode(frames[0]), [Click(x=500, y=1)])
    with pytest.raises(BadInput, match="no frame 7"):
        hosted.track(frames, {7: [Click(x=1, y=1)]})


def test_what_a_host_does_not_serve_is_computed_here(host: Host, birefnet: EngineChoice) -> None:
    calls = []

    class Local:
        key = "local"

        def check(self) -> None: ...

        def ready(self) -> float | None:
            return 2.5

        def alphas(self, frames: Any) -> list[Any]:
            calls.append(len(frames))
            return [frame[..., 0] for frame in frames]

    other = EngineChoice(name="birefnet", settings={**birefnet.settings, "size": 128})
    model = HostedAlpha(Address(host.url), other, Local())
    frames = red_character(2)
    assert model.ready() == 2.5
    assert np.array_equal(model.alphas(frames)[1], frames[1][..., 0])
    assert calls == [2]


def test_a_click_on_a_host_that_serves_something_else_by_now_is_answered_here(host: Host, sam2: EngineChoice) -> None:
    class Local:
        fingerprint = None

        def encode(self, picture: Any) -> Any:
            return picture

        def predict(self, embedding: Any, clicks: Any, previous: Any = None) -> tuple[Any, float]:
            return embedding[..., 0], 0.5

    other = EngineChoice(name="sam2", settings={**sam2.settings, "size": 128})
    engine = HostedSegment(Address(host.url), other, Local())  # type: ignore[arg-type]
    [frame] = red_character(1)
    mask, score = engine.predict(HostedPicture(frame, None), [Click(x=1, y=1)])
    assert score == 0.5
    assert np.array_equal(mask, frame[..., 0])


def test_settings_that_come_to_the_same_are_the_same_model(host: Host, birefnet: EngineChoice) -> None:
    spelt = {**birefnet.settings, "variant": "general", "dtype": "auto", "rescue_effects": False, "batch": 2}
    model = HostedAlpha(Address(host.url), EngineChoice(name="birefnet", settings=spelt), None)  # type: ignore[arg-type]
    cost = model.ready()
    assert cost is not None, "it runs on a CPU"
    assert 0 < cost < 5
    assert model.alphas(red_character(1))[0][48, 48] == 255
    assert len(report(Address(host.url))["mattes"]) == 1


def test_a_host_that_stays_away_is_replaced_by_this_process(caplog: pytest.LogCaptureFixture) -> None:
    class Local:
        key, missing = "local", ""

        def check(self) -> None:
            if self.missing:
                raise EngineUnavailable(self.missing)

        def ready(self) -> None: ...

        def alphas(self, frames: Any) -> list[Any]:
            return [frame[..., 1] for frame in frames]

    nowhere = Address("http://127.0.0.1:9/away", patience=0.3)
    choice, local = EngineChoice(name="birefnet", settings={"path": "x"}), Local()
    local.missing = "no weights"
    with pytest.raises(Fault, match="does not answer"):
        HostedAlpha(nowhere, choice, local).ready()
    local.missing = ""
    with caplog.at_level("WARNING"):
        made = HostedAlpha(nowhere, choice, local).alphas(red_character(1))
    assert made[0][48, 48] == 30
    assert "loaded into this process instead" in caplog.text


def test_a_host_that_is_gone_is_a_fault_after_some_patience() -> None:
    nowhere = Address("http://127.0.0.1:9", patience=0.3)
    started = time.monotonic()
    with pytest.raises(Fault, match="does not answer"):
        report(nowhere)
    assert time.monotonic() - started < 3


def _answering(*answers: bytes) -> Iterator[str]:
    """The address of a host that gives these answers, each on a connection that it then closes."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(5)

        def serve() -> None:
            for each in answers:
                connection, _ = listening.accept()
                with connection, connection.makefile("rb") as asked:
                    size = 0
                    while (line := asked.readline().strip()) != b"":
                        if line.lower().startswith(b"content-length:"):
                            size = int(line.split(b":")[1])
                    asked.read(size)
                    connection.sendall(each)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_an_answer_that_breaks_off_is_asked_for_again() -> None:
    whole = json.dumps({"ready": True}).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(whole)
    for url in _answering(head + whole[:4], head + whole):
        assert report(Address(url, patience=20)) == {"ready": True}


def test_tracking_that_fails_half_way_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def track(*_: Any) -> Iterator[tuple[int, Any, float]]:
        yield 0, np.full((4, 4), 9, np.uint8), 1.0
        raise ValueError("boom")

    service = Service()
    monkeypatch.setattr(service, "track", track)
    running = Host(service)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    local = SimpleNamespace(fingerprint=None)
    hosted = HostedSegment(Address(running.url), EngineChoice(name="sam2"), local)
    frames = [np.zeros((4, 4, 3), np.uint8)] * 2
    found = hosted.track(frames, {0: [Click(x=1, y=1)]})
    assert next(found)[1][0, 0] == 9
    with pytest.raises(Fault, match="in the middle of its answer"):
        next(found)
    running.close()


def _bomb(width: int, height: int) -> str:
    """A small PNG that says it is large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100_000))) + chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + data).decode()


def test_the_plain_json_of_gpu_vendors(host: Host) -> None:
    buffer = io.BytesIO()
    Image.fromarray(red_character(1)[0]).save(buffer, "PNG")
    image = base64.b64encode(buffer.getvalue()).decode()
    status, said = _post(host, "/", json.dumps({"task": "birefnet", "image": image, "params": {}}).encode())
    assert status == 200
    mask = np.asarray(Image.open(io.BytesIO(base64.b64decode(said["mask"]))))
    assert mask.shape == (96, 96)
    assert mask[48, 48] == 255
    assert mask[90, 90] == 0
    points = {"points": [[48, 48], [3, 3]], "labels": [1, 0]}
    status, said = _post(host, "/", json.dumps({"task": "sam", "image": image, "params": points}).encode())
    assert status == 200
    assert 0 <= said["score"] <= 1
    for request, code, expected in (
        ({"task": "paint", "image": image}, 400, "task"),
        ({"task": "birefnet"}, 400, "`image`"),
        ({"task": "birefnet", "image": "###"}, 400, "base64"),
        ({"task": "birefnet", "image": base64.b64encode(b"no picture").decode()}, 400, "picture"),
        ({"task": "sam", "image": image, "params": {"points": [[1]]}}, 400, "points"),
        ({"task": "sam", "image": image, "params": {"points": [[1, 1]], "labels": [1, 0]}}, 400, "labels"),
        ({"task": "sam", "image": image, "params": {}}, 400, "no clicks"),
        ({"task": "rembg", "image": image}, 404, "rembg"),
        ({"task": ["sam"], "image": image}, 400, "task"),
        ({"task": "birefnet", "image": image[:-3]}, 400, "base64"),
        ({"task": "birefnet", "image": "ü" * 40}, 400, "base64"),
        ({"task": "birefnet", "image": 5}, 400, "`image`"),
        ({"task": "birefnet", "image": base64.b64encode(buffer.getvalue()[:200]).decode()}, 400, "ends early"),
        ({"task": "birefnet", "image": _bomb(60_000, 60_000)}, 400, "larger than 50 megapixels"),
        ({"task": "birefnet", "image": _bomb(20_000, 3_000)}, 400, "up to 50 megapixels"),
        ({"task": "sam", "image": image, "params": [1]}, 400, "`params`"),
        ({"task": "sam", "image": image, "params": {"points": [[float("nan"), 1]]}}, 400, "points"),
        ({"task": "sam", "image": image, "params": {"points": [[float("inf"), 1]]}}, 400, "points"),
        ({"task": "sam", "image": image, "params": {"points": [[-1, 1]]}}, 400, "outside the picture"),
        ({"task": "sam", "image": image, "params": {"points": [[1, 1]], "labels": [7]}}, 400, "labels"),
        ({"task": "sam", "image": image, "params": {"points": [[1, 1]], "labels": 5}}, 400, "labels"),
        ({"task": "sam", "image": image, "params": {"points": [[1, 1]] * 201}}, 400, "at most 200 points"),
        ({"task": "sam", "image": image, "params": {"points": [[1, 1]] * 2, "labels": [1, 0]}}, 400, "both"),
    ):
        status, said = _post(host, "/", json.dumps(request).encode())
        assert status == code, said
        assert expected in said["error"]
    for body in (b"{", b"\xff\xfe", b"[" * 200_000, b"[]", b"null"):
        assert _post(host, "/", body)[0] == 400


def test_hostile_requests_are_refused_and_the_host_lives(host: Host, birefnet: EngineChoice) -> None:
    head = {"engine": birefnet.model_dump()}
    frames = np.zeros((1, 8, 8, 3), np.uint8)
    for body in (
        b"",
        b"\xff\xff\xff\xff",
        pack(head, [frames])[:-5],
        pack(head, [frames]) + b"x",
        pack(head, [frames[0]]),
        pack(head, []),
        pack({"engine": 3}, [frames]),
        pack({}, [frames]),
    ):
        status, said = _post(host, "/alphas", body)
        assert status == 400, said
    assert _post(host, "/nowhere", b"x")[0] == 404
    assert _post(host, "/alphas", pack(head, [frames]), Origin="http://evil.example")[0] == 403
    assert _post(host, "/alphas", pack({"engine": {"name": "puppet", "settings": {}}}, [frames]))[0] == 404
    connection = http.client.HTTPConnection(*host.server_address[:2], timeout=30)  # type: ignore[arg-type]
    connection.putrequest("POST", "/alphas")
    connection.putheader("Content-Length", "999999999999")
    connection.endheaders()
    assert connection.getresponse().status == 413
    assert _get(host, "/ready") == (200, {"ready": True, "problems": {}})


def test_a_token_is_needed_off_loopback_and_for_any_model_and_is_checked() -> None:
    with pytest.raises(BadInput, match="needs a token"):
        Host(Service(), ("0.0.0.0", 0))
    with pytest.raises(BadInput, match="needs a token"):
        Host(Service(anything=True))
    host = Host(Service(), token="secret")
    threading.Thread(target=host.serve_forever, daemon=True).start()
    try:
        assert _get(host, "/health")[0] == 200
        assert _get(host, "/report")[0] == 403
        assert _get(host, "/report", Authorization="Bearer wrong")[0] == 403
        assert _get(host, "/ready", Authorization="Bearer secret") == (503, {"ready": False, "problems": {}})
        assert report(Address(host.url, "secret"))["memory"]["peak_process"] > 1_000_000
    finally:
        host.close()


def test_with_a_token_a_host_loads_what_it_is_asked_for(birefnet: EngineChoice, tmp_path: Path) -> None:
    host = Host(Service(anything=True), token="secret")
    threading.Thread(target=host.serve_forever, daemon=True).start()
    try:
        model = HostedAlpha(Address(host.url, "secret"), birefnet, None)  # type: ignore[arg-type]
        assert model.alphas(red_character(1))[0][48, 48] == 255
        gone = EngineChoice(name="birefnet", settings={"path": str(tmp_path / "gone")})
        with pytest.raises(EngineUnavailable, match="There is no file or folder"):
            HostedAlpha(Address(host.url, "secret"), gone, None).alphas(red_character(1))  # type: ignore[arg-type]
    finally:
        host.close()


def test_concurrent_requests_share_batches() -> None:
    sizes, gate = [], threading.Event()

    def run(frames: Any) -> list[Any]:
        gate.wait(5)
        sizes.append([frame.shape for frame in frames])
        return [frame[..., 0] for frame in frames]

    batcher = Batcher(run, most=4, waiting=8)
    large, small = np.full((9, 9, 3), 7, np.uint8), np.full((5, 5, 3), 3, np.uint8)
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda f=f: found.append(batcher.alphas([f, f])[1])) for f in (large, small, large)
    ]
    for thread in threads:
        thread.start()
        time.sleep(0.05)
    with pytest.raises(Busy):
        batcher.alphas([large] * 9)
    gate.set()
    for thread in threads:
        thread.join(5)
    assert sorted(int(each.max()) for each in found) == [3, 7, 7]
    assert all(len(set(batch)) == 1 for batch in sizes)
    assert len(sizes) <= 3
    batcher.close()
    with pytest.raises(Busy, match="shutting down"):
        batcher.alphas([large])


def test_a_batch_that_fails_tells_all_who_wait() -> None:
    def run(frames: Any) -> list[Any]:
        raise EngineUnavailable("no weights")

    batcher = Batcher(run)
    for _ in range(2):
        with pytest.raises(EngineUnavailable, match="no weights"):
            batcher.alphas(red_character(2))
    batcher.close()


def test_messages_survive_the_wire() -> None:
    arrays = [np.arange(24, dtype=np.uint8).reshape(2, 3, 4), np.zeros((0, 5), np.uint8)]
    head, back = unpack(pack({"a": [1, "ü"]}, arrays))
    assert head == {"a": [1, "ü"]}
    assert all(np.array_equal(x, y) and x.shape == y.shape for x, y in zip(arrays, back, strict=True))
    for bad in ([[-1]], [["x"]], 3, [[1, 1, 1, 1, 1]], [[float("inf")]]):
        text = json.dumps({"shapes": bad}).encode()
        with pytest.raises(BadInput):
            unpack(len(text).to_bytes(4, "big") + text)


def test_the_address_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POPCON_INFERENCE_URL", raising=False)
    assert configured() is None
    monkeypatch.setenv("POPCON_INFERENCE_URL", "gpu-box:8500")
    with pytest.raises(BadInput, match="http://"):
        configured()
    with pytest.raises(NotServed):
        Service([EngineChoice(name="keyed")])
