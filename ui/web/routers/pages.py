"""The pages: one shell for all of them; what a page shows is decided by its address, in static/app.js."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from ui.web.orders import JobContext
from ui.web.security import COOKIE, cookie_of, is_token

STATIC = Path(__file__).parent.parent / "static"
router = APIRouter(include_in_schema=False)


@router.get("/")
@router.get("/archive")
@router.get("/jobs/{job_id}")
@router.get("/jobs/{job_id}/refine/{action}")
async def page() -> FileResponse:
    return FileResponse(STATIC / "index.html", headers={"cache-control": "no-cache"})


@router.get("/login")
async def login_page() -> FileResponse:
    return FileResponse(STATIC / "login.html", headers={"cache-control": "no-cache"})


@router.get("/favicon.ico")
async def icon() -> FileResponse:
    return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")


@router.post("/api/login")
async def login(shop: JobContext, request: Request, token: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Give the token once; the cookie shows it from then on."""
    if shop.token is None or is_token(token.strip(), shop.token):
        answer = RedirectResponse("/", status_code=303)
        if shop.token is not None:
            secure = request.url.scheme == "https"
            kept = cookie_of(shop.token)
            answer.set_cookie(COOKIE, kept, httponly=True, samesite="strict", secure=secure, max_age=30 * 86400)
        return answer
    return RedirectResponse("/login?wrong", status_code=303)
