"""Publishes to a Telegram sticker set.

Source: Telegram, Bot API: createNewStickerSet, addStickerToSet, getStickerSet.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Literal

from popcon.errors import BadInput, ServiceRefused
from popcon.publish.model import PublishItem, Remote
from popcon.publish.transport import Transport

_NO_SET = ("STICKERSET_INVALID", "sticker set not found", "stickerset_invalid")


class TelegramSet:
    """A set of video stickers, or of custom emoji, that a bot makes for a person.

    Arguments:
        user: numeric id of the person who will own the set.
        name: of the set, without the ending `_by_BOT` that Telegram asks for.
        title: as people read it.
    """

    kind = "telegram"

    def __init__(
        self, transport: Transport, token: str, user: str, name: str, title: str,
        sticker_type: Literal["regular", "custom_emoji"] = "regular",
    ) -> None:  # fmt: skip
        self._transport, self._token, self._user = transport, token, user
        self._title, self._type = title[:64], sticker_type
        bot = self._call("getMe")["username"]
        self._name = self.destination = _set_name(name, bot)

    def check(self, items: Sequence[PublishItem]) -> None:
        if not re.fullmatch(r"[0-9]{1,20}", self._user):
            raise BadInput(f"TELEGRAM_USER_ID is {self._user!r}; give the numeric id of the set's owner.")
        most = 200 if self._type == "custom_emoji" else 120
        if len(items) > most:
            raise BadInput(f"A set of Telegram holds {most} stickers; the pack has {len(items)}.")

    def existing(self) -> list[Remote]:
        try:
            found = self._call("getStickerSet", name=self._name)
        except ServiceRefused as error:
            if any(text.lower() in str(error).lower() for text in _NO_SET):
                return []
            raise
        return [Remote(id=str(each["file_unique_id"])) for each in found["stickers"]]

    def send(self, item: PublishItem, first: bool) -> Remote | None:
        sticker = {"sticker": "attach://file", "format": "video", "emoji_list": list(item.emoji[:20])}
        keywords = [item.title.lower()[:64]] if item.title else []
        if self._type == "regular":
            sticker["keywords"] = keywords
        files = {"file": (item.file_name, item.data, item.media_type)}
        common = {"user_id": self._user, "name": self._name}
        if first:
            about = common | {
                "title": self._title, "sticker_type": self._type, "stickers": json.dumps([sticker]),
            }  # fmt: skip
            self._post("createNewStickerSet", about, files)
        else:
            self._post("addStickerToSet", common | {"sticker": json.dumps(sticker)}, files)
        return None  # both answer True; the list says what it is called

    def link(self) -> str:
        return f"https://t.me/{'addemoji' if self._type == 'custom_emoji' else 'addstickers'}/{self._name}"

    def _call(self, method: str, **params: str) -> Any:
        return self._transport.read(method, f"/bot{self._token}/{method}", params=params)["result"]

    def _post(self, method: str, data: dict[str, Any], files: dict[str, Any]) -> None:
        self._transport.call(method, "POST", f"/bot{self._token}/{method}", data=data, files=files)


def _set_name(name: str, bot: str) -> str:
    """Return a set's name as Telegram takes it: letters, digits and single _, beginning with a letter, 64 at most."""
    ending = f"_by_{bot}"
    plain = re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9]", "_", name)).strip("_")
    plain = plain if plain[:1].isalpha() else f"pack_{plain}".rstrip("_")
    return plain[: 64 - len(ending)].rstrip("_") + ending
