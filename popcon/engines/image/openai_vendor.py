"""The wire to a service that speaks OpenAI's images API. Each request leaves at most once."""

import base64
import binascii
from typing import Any

from popcon.engines.dashscope.results import check_picture
from popcon.engines.download import download
from popcon.engines.image.openai_settings import OpenAISettings
from popcon.errors import DamagedResult, PopconError, PromptDeclined, ServiceFault, ServiceRefused
from popcon.ledger.vendor import LostRequest, NotSent, OutcomeUnknown, Report, Sent, Throttled, fingerprint
from popcon.models.artifact import ArtifactRef
from popcon.storage.store import Store

_ARTIFACT = "artifact:"
_DECLINED = ("content_policy", "moderation", "safety", "content_filter")


class OpenAIVendor:
    """A `Vendor` that answers at once and keeps no list.

    A picture that comes within the answer is put into the store before anything else, so that its address can be
    written down as that of any other result: a process that dies then buys nothing twice.

    Arguments:
        store: where such pictures go.
    """

    name = "openai"

    def __init__(self, settings: OpenAISettings, store: Store) -> None:
        self._settings, self._store = settings, store
        self.account = f"{settings.host} in {settings.currency}"
        self.key_id = fingerprint(settings.api_key)

    def create(self, prompt: str, pictures: list[bytes], transparent: bool) -> Sent:
        """Send one request for a picture.

        Arguments:
            pictures: PNG; none: drawn from words.
            transparent: whether to ask for a transparent background.

        Raises:
            NotSent, Throttled, OutcomeUnknown: see `popcon.ledger.vendor`.
            ServiceRefused, PromptDeclined: no repetition will change it.
        """
        import httpx

        settings = self._settings
        fields: dict[str, str] = {"model": settings.model, "prompt": prompt, "size": f"{settings.side}x{settings.side}"}
        if transparent:
            fields |= {"background": "transparent", "output_format": "png"}
        headers = {"Authorization": f"Bearer {settings.key()}"}
        timeout = httpx.Timeout(settings.timeout, connect=20.0)
        try:
            with httpx.Client(timeout=timeout, headers=headers, follow_redirects=False) as client:
                if pictures:
                    files = [("image", (f"{n}.png", data, "image/png")) for n, data in enumerate(pictures)]
                    answer = client.post(f"{settings.base_url}/images/edits", data={**fields, "n": "1"}, files=files)
                else:
                    answer = client.post(f"{settings.base_url}/images/generations", json={**fields, "n": 1})
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.ProxyError):
            raise NotSent(f"{settings.host} could not be reached.") from None
        except httpx.HTTPError as error:
            raise OutcomeUnknown(f"{settings.host} did not answer: {type(error).__name__}.") from None
        return self._sent(answer.status_code, answer.content)

    # Vendor

    def poll(self, task_id: str) -> Report:
        raise ServiceFault(f"{self._settings.host} has no tasks.")

    def find(self, request: LostRequest) -> str | None:
        raise ServiceFault(f"{self._settings.host} keeps no list of requests.")

    def download(self, url: str) -> bytes:
        if not url.startswith(_ARTIFACT):
            return download(url)
        digest, size, media_type = url.removeprefix(_ARTIFACT).split(":")
        return self._store.get(ArtifactRef(sha256=digest, size=int(size), media_type=media_type))

    def check(self, kind: str, data: bytes) -> str:
        return check_picture(data)

    def cancel(self, task_id: str) -> bool:
        return False

    def failure(self, report: Report) -> PopconError:
        return ServiceFault(f"{self._settings.host} could not do it: {report.message}.")

    def _sent(self, status: int, body: bytes) -> Sent:
        import json

        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if status != 200:
            raise self._refusal(status, answer)
        try:
            made = answer["data"][0]
            url = made.get("url") or self._kept(made["b64_json"])
        except (TypeError, KeyError, IndexError, binascii.Error, DamagedResult):
            raise OutcomeUnknown(f"{self._settings.host} answered without a picture.") from None
        return Sent(report=Report(state="done", urls=(str(url),)))

    def _kept(self, text: str) -> str:
        data = base64.b64decode(text, validate=True)
        ref = self._store.put(data, check_picture(data), durable=True)
        return f"{_ARTIFACT}{ref.sha256}:{ref.size}:{ref.media_type}"

    def _refusal(self, status: int, answer: Any) -> PopconError:
        host, model = self._settings.host, self._settings.model
        error = answer.get("error") if isinstance(answer, dict) else None
        told = error if isinstance(error, dict) else {}
        code = str(told.get("code") or told.get("type") or "")
        words = " ".join(str(told.get("message") or "no reason given").split())[:300].rstrip(".")
        words = words.replace(self._settings.key(), "…")  # some services repeat the key that they refuse
        if status >= 500 or status in (408, 409) or status < 400:
            return OutcomeUnknown(f"{host} answered {status}.")
        if any(word in code for word in _DECLINED):
            return PromptDeclined(f"the service declined this prompt: {words}")
        if status == 401:
            return ServiceRefused(f"{host} does not accept this key; check POPCON_OPENAI_API_KEY. ({words})")
        if status == 429 and "quota" not in code:
            return Throttled(f"{host} is busy.")
        if status == 404:
            return ServiceRefused(f"{host} has no model named {model}, or no images API; choose another. ({words})")
        return ServiceRefused(f"{host} refused the request to {model}: {words}.")
