"""Publishes custom emoji to Google Chat. Source: Google Chat API, customEmojis.create and customEmojis.list."""

import base64
import re
from collections.abc import Sequence

from popcon.errors import BadInput
from popcon.publish.model import PublishItem, Remote
from popcon.publish.transport import Transport


class GoogleChat:
    """The custom emoji of a Workspace organisation, as far as the signed-in person made them."""

    kind = "google-chat"
    destination = "workspace"

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def check(self, items: Sequence[PublishItem]) -> None:
        for item in items:
            if not re.fullmatch(r"[a-z0-9]+([_-][a-z0-9]+)*", item.name):
                raise BadInput(
                    f"{item.name!r} is no emoji name of Google Chat: lower-case letters, digits, single _ or -."
                )
        self.existing()

    def existing(self) -> list[Remote]:
        found: list[Remote] = []
        page = ""
        while True:
            params = {"pageSize": "200", "filter": 'creator("users/me")'} | ({"pageToken": page} if page else {})
            answer = self._transport.read("customEmojis.list", "/v1/customEmojis", params=params) or {}
            entries = answer.get("customEmojis", [])
            found += [Remote(id=each["name"], name=each["emojiName"].strip(":")) for each in entries]
            page = answer.get("nextPageToken", "")
            if not page:
                return found

    def send(self, item: PublishItem, first: bool) -> Remote | None:
        payload = {"fileContent": base64.b64encode(item.data).decode(), "filename": item.file_name}
        body = {"emojiName": f":{item.name}:", "payload": payload}
        made = self._transport.call("customEmojis.create", "POST", "/v1/customEmojis", json=body)
        return Remote(id=made["name"], name=made["emojiName"].strip(":"))

    def link(self) -> str:
        return "https://chat.google.com"
