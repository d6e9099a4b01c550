"""The wire to DashScope, through its own SDK; the one module that imports it.

Facts about SDK 2.0.2 that this module is built around:

- It posts a request again when a connection breaks, also after the service may have accepted it. The session that
  it can be given is therefore one that reports a broken connection as something that the SDK does not catch.
- `call` and `wait` take passing errors for the end; so tasks are created with `async_call` and asked about with
  `fetch`, once each, and the ledger decides what comes next.
- The address of the service is the module's, for the whole process, unless a call names one. `wait` and uploads within
  a create do not pass it on; so every call here names its own, pictures are uploaded before, and the module's leads
  nowhere (`sdk`).
- Without `api_key` in a call it would read a file in the home folder; so every call carries it.
- Cancel and list have no timeout and polls one of 300 s; so each runs in a thread that is not waited for longer.
"""

import base64
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from popcon.engines.dashscope import faults
from popcon.engines.dashscope.results import check_clip, check_picture, report_of
from popcon.engines.dashscope.sdk import load, within
from popcon.engines.dashscope.search import PAGE, Search
from popcon.engines.dashscope.settings import DashScopeSettings
from popcon.engines.download import download
from popcon.errors import PopconError, ServiceFault
from popcon.ledger.vendor import LostRequest, NotSent, OutcomeUnknown, Report, Sent, fingerprint

_ANSWER = 60.0
"""Seconds to wait for the answer to a question about tasks."""

_LARGEST = 256 * 2**20
"""Bytes of a result; more is not a result."""


class DashScopeClient:
    """A `Vendor`. Cheap to make; the SDK is loaded by the first call."""

    name = "dashscope"

    def __init__(self, settings: DashScopeSettings) -> None:
        self._settings = settings
        self._address = settings.address
        self.account = str(settings.account)
        """Where it buys, as records of purchases say it."""
        self.key_id = fingerprint(settings.api_key)

    def create_clip(self, model: str, prompt: str, negative: str, inputs: Mapping[str, Any], how: Mapping[str, Any],
                    ) -> Sent:  # fmt: skip
        """Send one request for a clip.

        Arguments:
            inputs: the pictures, as the SDK names them: img_url, first_frame_url and last_frame_url, or media.
            how: parameters: resolution, duration, seed …

        Raises:
            NotSent, Throttled, OutcomeUnknown: see `popcon.ledger.vendor`.
            ServiceRefused, PromptDeclined: no repetition will change it.
        """
        sdk = self._sdk()

        def send(session: Any) -> Any:
            return sdk.VideoSynthesis.async_call(
                model, prompt, negative_prompt=negative or None, extend_prompt=False, api_key=self._settings.key(),
                base_address=self._address, session=session, request_timeout=self._settings.create_timeout,
                **inputs, **how,
            )  # fmt: skip

        return self._task(self._once(send), model)

    def create_picture(self, model: str, prompt: str, negative: str, pictures: list[str], how: Mapping[str, Any],
                       ) -> Sent:  # fmt: skip
        """Send one request for a picture to a model that makes a task of it. Raises as `create_clip`."""
        sdk = self._sdk()

        def send(session: Any) -> Any:
            return sdk.ImageSynthesis.async_call(
                model, prompt, negative_prompt=negative or None, images=pictures or None,
                api_key=self._settings.key(), base_address=self._address, session=session,
                 request_timeout=self._settings.create_timeout, **how,
            )  # fmt: skip

        return self._task(self._once(send), model)

    def converse(self, model: str, prompt: str, pictures: list[str], how: Mapping[str, Any]) -> Sent:
        """Send one request for a picture to a model that answers with it. Raises as `create_clip`.

        `prompt` must not begin like a path or an address: the SDK uploads texts that name a file.
        """
        sdk = self._sdk()
        content = [*({"image": picture} for picture in pictures), {"text": prompt}]

        def send(session: Any) -> Any:
            return sdk.MultiModalConversation.call(
                model, messages=[{"role": "user", "content": content}], api_key=self._settings.key(),
                base_address=self._address, session=session, request_timeout=self._settings.create_timeout, **how,
            )  # fmt: skip

        answer = self._once(send)
        if answer.status_code != 200:
            raise self._refusal(answer, model)
        report = report_of({"task_status": "SUCCEEDED", **(answer.output or {})}, answer.usage)
        if not report.urls:
            raise OutcomeUnknown("DashScope answered without a picture.")
        return Sent(report=report)

    @contextmanager
    def picture(self, png: bytes, model: str) -> Iterator[str]:
        """Put a PNG where the service takes it: within the request, or uploaded to the account's own storage.

        Raises:
            NotSent: the upload failed; nothing was bought.
        """
        if self._settings.send_pictures == "inline":
            yield "data:image/png;base64," + base64.b64encode(png).decode()
            return
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "picture.png"
            path.write_bytes(png)
            yield self._uploaded(path, model)

    # Vendor

    def poll(self, task_id: str) -> Report:
        return report_of(*self._fetch(task_id))

    def find(self, request: LostRequest) -> str | None:
        return Search(request, partial(self._list, request.model), self._fetch, self._settings.look_every).run()

    def download(self, url: str) -> bytes:
        return download(url, most_bytes=_LARGEST)

    def check(self, kind: str, data: bytes) -> str:
        return check_clip(data) if kind == "clip" else check_picture(data)

    def failure(self, report: Report) -> Exception:
        return faults.after_task(report.code, report.message, "this model")

    def cancel(self, task_id: str) -> bool:
        """Cancel a task that has not begun; False when it has."""
        answer = self._ask(lambda base: base.cancel(task_id, api_key=self._settings.key(), base_address=self._address))
        return bool(answer.status_code == 200)

    # Inside

    def _sdk(self) -> Any:
        return load()

    def _uploaded(self, path: Path, model: str) -> str:
        self._sdk()
        from dashscope.utils.oss_utils import OssUtils

        try:
            url, _ = OssUtils.upload(
                model=model, file_path=str(path), api_key=self._settings.key(), base_address=self._address
            )
        except Exception as error:
            raise NotSent(f"{type(error).__name__} while a picture was sent to DashScope's storage.") from None
        return str(url)

    def _once(self, send: Callable[[Any], Any]) -> Any:
        from popcon.engines.dashscope.session import OnceSession

        with OnceSession() as session:
            try:
                return send(session)
            except PopconError:
                raise
            except Exception as error:
                # Whatever went wrong before the one post left (an upload, a bad file) bought nothing.
                what = f"{type(error).__name__} while talking to DashScope"
                raise (OutcomeUnknown if session.sent else NotSent)(f"{what}.") from None

    def _task(self, answer: Any, model: str) -> Sent:
        task_id = (answer.output or {}).get("task_id") if answer.status_code == 200 else None
        if not task_id:
            raise self._refusal(answer, model)
        return Sent(task_id=task_id)

    def _refusal(self, answer: Any, model: str) -> PopconError:
        code, said, successor = answer.code or "", _text(answer.message), self._settings.catalogue.successor(model)
        return faults.after_create(answer.status_code, code, said, model, self.account, successor)

    def _fetch(self, task_id: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
        answer = self._ask(lambda base: base.fetch(task_id, api_key=self._settings.key(), base_address=self._address))
        output = answer.output
        if answer.status_code != 200 or not isinstance(output, dict) or "task_status" not in output:
            raise faults.after_question(answer.status_code, answer.code or "", _text(answer.message), self.account)
        return output, answer.usage

    def _list(self, model: str, page: int) -> dict[str, Any]:
        """Return a page of the model's tasks of the last day, newest first."""
        answer = self._ask(partial(_page, model, page, self._settings.key(), self._address))
        if answer.status_code != 200 or not isinstance(answer.output, dict):
            raise faults.after_question(answer.status_code, answer.code or "", _text(answer.message), self.account)
        return dict(answer.output)

    def _ask(self, question: Callable[[Any], Any]) -> Any:
        self._sdk()
        from dashscope.client.base_api import BaseAsyncApi

        try:
            return within(_ANSWER, lambda: question(BaseAsyncApi))
        except PopconError:
            raise
        except Exception as error:
            raise ServiceFault(f"DashScope could not be reached: {type(error).__name__}.") from None


def _page(model: str, page: int, key: str, address: str, base: Any) -> Any:
    # The vendor's own window, the last day, is the one that is meant; its times have no documented zone.
    return base.list(model_name=model, page_no=page, page_size=PAGE, api_key=key, base_address=address)


def _text(message: Any) -> str:
    return message if isinstance(message, str) else "" if message is None else str(message)
