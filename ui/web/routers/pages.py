"""The HTML pages: one document for all of them; static/app.js chooses the page by its address."""

import re
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from ui.web.language import LanguageDep, render_page
from ui.web.security import COOKIE, cookie_of, is_token
from ui.web.state import StateDep

STATIC = Path(__file__).parent.parent / "static"
router = APIRouter(include_in_schema=False)


MODULES = {
    "/": "new-job.js",
    "/archive": "archive.js",
    "/jobs/{job_id}": "board.js",
    "/jobs/{job_id}/finish": "finish.js",
    "/jobs/{job_id}/refine/{action}": "refine.js",
    "/shared/{job_id}/{token}": "shared.js",
}
"""The module of each page, as static/app.js loads it."""
DATA = {"/": ("/api/catalogue",)}
"""What a page asks for before it shows anything."""
_IMPORT = re.compile(r"""(?:from|import) "\./([\w/-]+\.js)\"""")


@router.get("/")
@router.get("/archive")
@router.get("/jobs/{job_id}")
@router.get("/jobs/{job_id}/finish")
@router.get("/jobs/{job_id}/refine/{action}")
@router.get("/shared/{job_id}/{token}")
async def page(request: Request, language: LanguageDep) -> HTMLResponse:
    address = request.scope["route"].path
    return _page("index.html", language, modules_of("app.js", MODULES[address]), DATA.get(address, ()))


@router.get("/login")
async def login_page(language: LanguageDep) -> HTMLResponse:
    return _page("login.html", language)


@router.get("/favicon.ico")
async def icon() -> FileResponse:
    return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")


@router.post("/api/login")
async def login(state: StateDep, request: Request, token: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Log in with the token; a cookie carries it from then on."""
    if state.token is None or is_token(token.strip(), state.token):
        answer = RedirectResponse("/", status_code=303)
        if state.token is not None:
            secure = request.url.scheme == "https"
            kept = cookie_of(state.token)
            answer.set_cookie(COOKIE, kept, httponly=True, samesite="strict", secure=secure, max_age=30 * 86400)
        return answer
    return RedirectResponse("/login?wrong", status_code=303)


@cache
def modules_of(*entries: str) -> tuple[str, ...]:
    """Return modules of static/ and all that they import, so that a browser asks for them at once, not one by one."""
    found = dict.fromkeys(entries)
    left = list(entries)
    while left:
        imported = _IMPORT.findall((STATIC / left.pop()).read_text(encoding="utf-8"))
        left += [each for each in dict.fromkeys(imported) if each not in found]
        found |= dict.fromkeys(imported)
    return tuple(found)


def warm() -> None:
    """Read the templates, messages and modules of all pages before the first request does."""
    for module in MODULES.values():
        modules_of("app.js", module)
    render_page("index.html", "en")


def _page(template: str, language: str, modules: tuple[str, ...] = (), data: tuple[str, ...] = ()) -> HTMLResponse:
    headers = {"cache-control": "no-cache", "vary": "accept-language, cookie", "content-language": language}
    return HTMLResponse(render_page(template, language, modules, data), headers=headers)
