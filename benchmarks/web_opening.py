"""The web app as a person first meets it: the first page, the previews of all actions, the first mask of a picture.

    python -m benchmarks.web_opening                    # over HTTP, on a picture that is drawn
    python -m benchmarks.web_opening --picture FILE     # on a picture of one's own, looked at with 850 px
    python -m benchmarks.web_opening --busy             # beside processes that keep each core busy
    python -m benchmarks.web_opening --check            # exit code 1 if a figure is missed

Each figure is the first of its kind in a new process of the app. Where the machine is busy, wall times are the other
work's too, so what the app itself computed is told with them.
"""

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.segment_scenes import scene
from benchmarks.web import Row
from benchmarks.web_served import Served
from popcon.media.pictures.png import encode_png
from popcon.naming import MODELS
from popcon.settings import settings

LARGEST = 850
"""Largest side of the picture that is clicked on, px."""
LOOKED_S = 2.0
"""Seconds from when a picture is shown as it is cut out to a person's first click."""


def page_rows(app: Served) -> list[Row]:
    """What the first page's first load asks for, one after the other."""
    before, began = app.cpu_s(), time.perf_counter()
    page = app.client.get("/").raise_for_status().text
    named = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page)) | {"/static/new-job.js"}
    seen: set[str] = set()
    while left := sorted(named - seen):
        for address in left:
            seen.add(address)
            text = app.client.get(address).raise_for_status().text
            if address.endswith(".js"):
                named |= {f"/static/{each}" for each in re.findall(r'(?:from|import) "\./([\w/-]+\.js)"', text)}
    files = time.perf_counter() - began
    began = time.perf_counter()
    app.client.get("/api/catalogue").raise_for_status()
    asked = time.perf_counter() - began
    return [
        Row("first page: its document, scripts and styles", files * 1000, "ms"),
        Row("first page: the catalogue of an order", asked * 1000, "ms"),
        Row("first page, all", (files + asked) * 1000, "ms", 1000),
        Row("first page: CPU of the app", (app.cpu_s() - before) * 1000, "ms"),
    ]


def mask_rows(app: Served, picture: bytes, place: tuple[float, float]) -> list[Row]:
    """A picture is given and shown; then come clicks, as the page sends them."""
    began = time.perf_counter()
    given = app.client.post("/api/pictures", files={"picture": ("a.png", picture)}).raise_for_status().json()
    base = f"/api/pictures/{given['picture']}"
    app.client.get(f"{base}/cut").raise_for_status()
    app.client.get(f"{base}/character").raise_for_status()
    shown = time.perf_counter() - began
    name = f"{given['width']}x{given['height']}"
    rows = [Row(f"a picture of {name} is given, and shown cut out", shown * 1000, "ms")]
    time.sleep(LOOKED_S)
    clicks: list[dict[str, Any]] = []
    for number, (x, y) in enumerate((place, (0.12, 0.1), (0.9, 0.15))):
        clicks.append({"x": x * given["width"], "y": y * given["height"], "positive": not number})
        before, began = app.cpu_s(), time.perf_counter()
        app.client.post(f"{base}/touch-up", json={"clicks": clicks}).raise_for_status()
        took, cpu = time.perf_counter() - began, app.cpu_s() - before
        which = ("first", "second", "third")[number]
        rows.append(Row(f"{which} mask of {name} over HTTP", took * 1000, "ms", 300))
        rows.append(Row(f"CPU of the {which} mask", cpu * 1000, "ms"))
    return rows


def preview_rows(app: Served) -> list[Row]:
    """The previews of all actions, in one stream."""
    names = [each["name"] for each in app.client.get("/api/catalogue").json()["actions"]]
    before, began, came = app.cpu_s(), time.perf_counter(), []
    body = {"actions": [{"name": each} for each in names]}
    with app.client.stream("POST", "/api/previews/mascot", json=body) as answer:
        for line in answer.raise_for_status().iter_lines():
            came.append(time.perf_counter() - began)
            assert "image" in json.loads(line), line[:200]
    return [
        Row(f"previews of {len(names)} actions: requests", 1, "", 1),
        Row("previews: the first one is here", came[0] * 1000, "ms"),
        Row("previews: half of them are here", came[len(came) // 2] * 1000, "ms"),
        Row("previews: all are here", came[-1] * 1000, "ms"),
        Row("previews: CPU of all", (app.cpu_s() - before) * 1000, "ms"),
    ]


def given_picture(file: Path | None) -> tuple[bytes, tuple[float, float]]:
    """The picture to click on as PNG, and the place of its character, shares of its width and height."""
    if file is not None:
        own = Image.open(file).convert("RGB")
        own.thumbnail((LARGEST, LARGEST))
        packed = io.BytesIO()
        own.save(packed, "PNG")
        return packed.getvalue(), (0.5, 0.5)
    drawn = scene(7, "blocks", held_out=True)
    inside = np.argwhere(drawn.truth)
    y, x = inside[len(inside) // 2] / drawn.truth.shape
    large = Image.fromarray(drawn.picture).resize((LARGEST, 600), Image.Resampling.LANCZOS)
    return encode_png(np.asarray(large)), (float(x), float(y))


def _spin() -> None:
    while True:
        sum(range(10_000))


@contextlib.contextmanager
def busy_cores(count: int) -> Iterator[None]:
    """Keep so many processes computing."""
    spinning = [multiprocessing.Process(target=_spin, daemon=True) for _ in range(count)]
    for each in spinning:
        each.start()
    try:
        yield
    finally:
        for each in spinning:
            each.kill()
            each.join()


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web_opening", description=__doc__)
    parser.add_argument("--picture", type=Path, help="a picture to click on, in its middle")
    parser.add_argument("--busy", action="store_true", help="keep every core busy meanwhile")
    parser.add_argument("--check", action="store_true", help="exit code 1 if a figure is missed")
    parser.add_argument("--only", choices=["page", "mask", "previews"], help="one part")
    given = parser.parse_args()
    picture, place = given_picture(given.picture)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, busy_cores(len(os.sched_getaffinity(0)) if given.busy else 0):
        for part in ("page", "mask", "previews"):
            if given.only not in (None, part):
                continue
            home = Path(folder) / part
            home.mkdir()
            (home / MODELS).symlink_to(settings().home.expanduser() / MODELS)
            with Served(home, str(home / "store")) as app:
                if part == "page":
                    made = page_rows(app)
                else:
                    made = mask_rows(app, picture, place) if part == "mask" else preview_rows(app)
            rows += made
            for row in made:
                print(row.text(), flush=True)
    return 1 if given.check and any(row.missed for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
