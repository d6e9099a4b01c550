"""Publishes to a Discord server: stickers or emoji. Source: Discord, API reference: Sticker and Emoji resources."""

import base64
from collections.abc import Sequence
from typing import Literal

from popcon.errors import BadInput
from popcon.packs.emoji_names import emoji_name
from popcon.publish.model import PublishItem, Remote
from popcon.publish.transport import Transport

_PLACES = {"stickers": (5, 15, 30, 60), "emojis": (50, 100, 150, 250)}
"""Free places by a server's boost level; animated emoji are counted apart from still ones."""


class DiscordServer:
    """The stickers or the emoji of a server.

    Arguments:
        guild: the server's id.
    """

    kind = "discord"

    def __init__(self, transport: Transport, guild: str, resource: Literal["stickers", "emojis"]) -> None:
        self._transport, self._guild, self._resource = transport, guild, resource
        self.destination = f"{guild}-{resource}"

    def check(self, items: Sequence[PublishItem]) -> None:
        if not self._guild.isdigit():
            raise BadInput(f"DISCORD_GUILD_ID is {self._guild!r}; give the numeric id of the server.")
        guild = self._transport.read("Get Guild", f"/guilds/{self._guild}")
        places = _PLACES[self._resource][min(3, max(0, int(guild.get("premium_tier", 0))))]
        there = self.existing()
        ours = {item.name for item in items}
        others = sum(each.name not in ours for each in there)
        if others + len(items) > places:
            raise BadInput(
                f"The server has {places} places for {self._resource}, {others} of them taken: "
                f"{len(items)} stickers need {others + len(items) - places} more; boost it, or remove some."
            )

    def existing(self) -> list[Remote]:
        found = self._transport.read(f"List Guild {self._resource}", f"/guilds/{self._guild}/{self._resource}")
        animated = (each for each in found if self._resource == "stickers" or each.get("animated", True))
        return [Remote(id=str(each["id"]), name=each["name"]) for each in animated]

    def send(self, item: PublishItem, first: bool) -> Remote | None:
        path = f"/guilds/{self._guild}/{self._resource}"
        if self._resource == "stickers":
            about = {
                "name": item.name,
                "description": item.title if len(item.title) > 1 else "",
                "tags": emoji_name(item.emoji[0] if item.emoji else ""),
            }
            files = {"file": (item.file_name, item.data, item.media_type)}
            made = self._transport.call("Create Guild Sticker", "POST", path, data=about, files=files)
        else:
            image = f"data:{item.media_type};base64,{base64.b64encode(item.data).decode()}"
            body = {"name": item.name, "image": image, "roles": []}
            made = self._transport.call("Create Guild Emoji", "POST", path, json=body)
        return Remote(id=str(made["id"]), name=made["name"])

    def link(self) -> str:
        return f"https://discord.com/channels/{self._guild}"
