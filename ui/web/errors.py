"""Maps the product's errors to HTTP answers: one sentence as JSON, with a fitting status."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from popcon.editing.adjustments import AdjustmentConflict
from popcon.editing.refinements import VersionConflict
from popcon.errors import ArtifactDamaged, BadInput, Fault, PopconError, UnknownName
from popcon.locales.sentences import say
from ui.web.language import language_of
from ui.web.security import SECURITY_HEADERS

ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    400: {"description": "What was given cannot be used; nothing was changed."},
    404: {"description": "There is nothing of this name."},
    409: {"description": "It has changed meanwhile, or is not ready for this."},
}


def add_handlers(app: FastAPI) -> None:
    """Register the handlers that turn errors into answers."""

    @app.exception_handler(PopconError)
    async def refused(request: Request, error: PopconError) -> JSONResponse:
        if isinstance(error, VersionConflict | AdjustmentConflict):
            return _answer(request, 409, str(error), current=error.current.model_dump(mode="json"))
        if isinstance(error, UnknownName):
            return _answer(request, 404, str(error))
        if isinstance(error, BadInput):
            return _answer(request, 400, str(error))
        if isinstance(error, ArtifactDamaged):
            return _answer(request, 410, str(error))
        return _answer(request, 503 if isinstance(error, Fault) else 400, str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0] if error.errors() else {"loc": (), "msg": "it cannot be read"}
        where = ".".join(str(part) for part in first["loc"] if part != "body") or "the request"
        return _answer(request, 422, f"{where}: {str(first['msg']).removeprefix('Value error, ')}.")

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        # The server logs the traceback; a page needs a sentence to show.
        sentence = "Something went wrong here that nobody expected; what was saved is kept. Try again."
        return _answer(request, 500, sentence, headers=SECURITY_HEADERS)  # bypasses the middleware that adds them

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        return _answer(request, error.status_code, str(error.detail), headers=error.headers)


def _answer(request: Request, status: int, sentence: str, headers: Any = None, **more: Any) -> JSONResponse:
    return JSONResponse({"error": say(sentence, language_of(request))} | more, status_code=status, headers=headers)
