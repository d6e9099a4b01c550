"""The FastAPI application: its state, routers, middleware and static files."""

import asyncio
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

import popcon
from popcon.settings import settings
from ui.web.board import Boards
from ui.web.errors import ERROR_RESPONSES, add_handlers
from ui.web.routers import (
    adjusting,
    catalog,
    clicks,
    editing,
    events,
    files,
    finish,
    jobs,
    pages,
    pictures,
    previews,
    rigs,
    sharing,
    verdicts,
)
from ui.web.security import LOOPBACK, Guard
from ui.web.state import AppState
from ui.web.threads import THREADS, in_thread
from ui.web.uploads import BodyLimit

INDEX_WAIT_S = 2.0
"""Seconds that the start waits for the index of jobs to be read."""
STATIC = Path(__file__).parent / "static"
SWITCH_S = 0.001
"""Seconds that a thread may hold the interpreter while another one, of a click, waits for it."""


def create_app(
    store_url: str | None = None, token: str | None = None, hosts: tuple[str, ...] = (), home: Path | None = None
) -> FastAPI:
    """Make the app that serves one store.

    Arguments:
        store_url: a folder, or `s3://bucket/prefix`; None: as settings say.
        token: the secret that every request has to carry; None: as settings say, by default none, which is for
            loopback only.
        hosts: names of hosts under which the app is reached, beside those of loopback and of settings.
        home: folder for the logs of jobs that run on this machine; None: as settings say.
    """
    token = token or settings().web_token.get_secret_value() or None
    hosts = (*hosts, *(each.strip() for each in settings().web_hosts.split(",") if each.strip()))
    proxies = tuple(each.strip() for each in settings().web_proxies.split(",") if each.strip())
    app_state = AppState(store_url or settings().store_url, token, home)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "web"))
        sys.setswitchinterval(SWITCH_S)
        app_state.threads.background.submit(_warm)
        await in_thread(app_state.cards.warm, INDEX_WAIT_S)
        yield
        app_state.close()

    app = FastAPI(
        title="PopCon",
        version=popcon.__version__,
        summary="One character in, a pack of animated emoji out.",
        description='Everything that the pages do, for programs. Errors are `{"error": "one sentence"}`.',
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        responses=ERROR_RESPONSES,
    )
    app.state.app_state, app.state.boards = app_state, Boards(app_state)
    add_handlers(app)
    for module in (
        jobs,
        verdicts,
        files,
        finish,
        events,
        catalog,
        pictures,
        previews,
        rigs,
        editing,
        adjusting,
        clicks,
        sharing,
        pages,
    ):
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(BodyLimit)
    app.add_middleware(Guard, hosts=(*LOOPBACK, *hosts), token=token, proxies=proxies)
    return app


def _warm() -> None:
    """Load what the first page of all needs, before somebody waits for it."""
    pages.warm()
    catalog.warm()
