"""Writes .wastickers: a ZIP that sticker apps import into WhatsApp.

Its layout, as importers read it: `title.txt`, `author.txt`, `tray.png`, and the stickers beside them.
"""

import io
import json
import zipfile

from popcon.packs.archive import archive


def wastickers(pack: bytes, title: str) -> bytes:
    """Turn a WhatsApp pack's ZIP into a .wastickers file.

    Arguments:
        pack: as `build_pack` makes it.
        title: of the pack; the author is the publisher in its contents.json.
    """
    with zipfile.ZipFile(io.BytesIO(pack)) as source:
        files = {name: source.read(name) for name in source.namelist()}
    listed = json.loads(files["contents.json"])["sticker_packs"][0]
    pictures = [(name.rsplit("/", 1)[-1], data) for name, data in files.items() if name != "contents.json"]
    texts = [("title.txt", title.encode()), ("author.txt", str(listed["publisher"]).encode())]
    return archive([*texts, *pictures])
