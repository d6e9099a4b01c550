"""Publishes custom emoji to a server of the fediverse, through the admin API that GoToSocial documents.

Mastodon itself has no API for this (documented are its list, `/api/v1/custom_emojis`, and `tootctl emoji import` on
the server): its answer is told with what to do instead.
"""

from collections.abc import Sequence

from popcon.errors import BadInput, ServiceRefused
from popcon.publish.model import PublishItem, Remote
from popcon.publish.transport import Transport


class MastodonServer:
    """The custom emoji of a server.

    Arguments:
        address: of the server, such as https://example.social.
        category: under which its picker shows the emoji.
    """

    kind = "mastodon"

    def __init__(self, transport: Transport, address: str, category: str) -> None:
        self._transport, self._category = transport, category[:64]
        self._address = self.destination = address.rstrip("/")

    def check(self, items: Sequence[PublishItem]) -> None:
        if not self._address.startswith(("http://", "https://")):
            raise BadInput(f"MASTODON_URL is {self._address!r}; give the server's address, https://…")
        self.existing()

    def existing(self) -> list[Remote]:
        found = self._transport.read("custom_emojis", "/api/v1/custom_emojis")
        return [Remote(id=each["shortcode"], name=each["shortcode"]) for each in found]

    def send(self, item: PublishItem, first: bool) -> Remote | None:
        about = {"shortcode": item.name, "category": self._category}
        files = {"image": (item.file_name, item.data, item.media_type)}
        try:
            self._transport.call("admin/custom_emojis", "POST", "/api/v1/admin/custom_emojis", data=about, files=files)
        except ServiceRefused as error:
            if "(404)" in str(error) or "(405)" in str(error):
                raise ServiceRefused(
                    "This server has no API for new emoji (Mastodon itself has none): run `tootctl emoji import` "
                    "on it with the pack's files, or upload them on its page Administration, Custom emoji."
                ) from error
            raise
        return Remote(id=item.name, name=item.name)

    def link(self) -> str:
        return self._address
