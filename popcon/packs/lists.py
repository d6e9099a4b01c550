"""The files that tell a platform, a bot or Xcode which sticker is which, and which emoji stand for it."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from popcon.naming import slug
from popcon.packs.emoji_names import emoji_name
from popcon.packs.model import PackItem

Entries = Sequence[tuple[str, PackItem, tuple[str, ...]]]
"""Of each sticker: its file name, the sticker, its emoji tags."""


def whatsapp(identifier: str, title: str, author: str, tray: str, entries: Entries) -> bytes:
    """contents.json as WhatsApp's sticker apps read it."""
    pack = {
        "identifier": identifier,
        "name": _short(title, 128),
        "publisher": _short(author, 128),
        "tray_image_file": tray,
        "image_data_version": "1",
        "avoid_cache": False,
        "publisher_email": "",
        "publisher_website": "",
        "privacy_policy_website": "",
        "license_agreement_website": "",
        "animated_sticker_pack": True,
        "stickers": [
            {
                "image_file": name,
                "emojis": list(tags),
                "accessibility_text": _short(item.spoken or item.title, 255),
            }
            for name, item, tags in entries
        ],
    }
    return _json({"android_play_store_link": "", "ios_app_store_link": "", "sticker_packs": [pack]})


def telegram(title: str, custom_emoji: bool, cover: str | None, entries: Entries) -> bytes:
    """Return what a bot passes to createNewStickerSet and addStickerToSet, in the words of Telegram's Bot API."""
    stickers = [
        {"sticker": name, "format": "video", "emoji_list": list(tags), "keywords": _keywords(item)}
        for name, item, tags in entries
    ]
    sheet: dict[str, Any] = {
        "title": _short(title, 64),
        "sticker_type": "custom_emoji" if custom_emoji else "regular",
        "stickers": stickers,
    }
    if cover is not None:
        sheet["thumbnail"] = cover
    return _json(sheet)


def signal(title: str, author: str, entries: Entries) -> bytes:
    """Title, author, cover and one emoji for each sticker, as Signal's sticker creator asks for them."""
    stickers = [{"id": index, "file": name, "emoji": tags[0]} for index, (name, _, tags) in enumerate(entries)]
    return _json({"title": _short(title, 128), "author": _short(author, 128), "cover": {"id": 0}, "stickers": stickers})


def discord(entries: Entries) -> bytes:
    """List name, description and related emoji (by its name) of each sticker, as Discord's API asks for them."""
    stickers = [
        {
            "file": name,
            "name": name.rsplit(".", 1)[0],
            "description": _short(item.title, 100) if len(item.title.strip()) > 1 else "",
            "tags": emoji_name(tags[0]),
        }
        for name, item, tags in entries
    ]
    return _json({"stickers": stickers})


def sticker_pack(entries: Entries) -> list[tuple[str, bytes]]:
    """Return an Xcode sticker pack: a folder for each sticker within one, with the catalogue's Contents.json.

    Source: Apple, Asset Catalog Format Reference: Sticker Pack Type, Sticker Type.
    """
    root = "Sticker Pack.stickerpack"
    info = {"author": "popcon", "version": 1}
    folders = [(name.rsplit(".", 1)[0] + ".sticker", name, item) for name, item, _ in entries]
    listed = {
        "info": info,
        "properties": {"grid-size": "regular"},
        "stickers": [{"filename": folder} for folder, _, _ in folders],
    }
    files = [(f"{root}/Contents.json", _json(listed))]
    for folder, name, item in folders:
        about = {"info": info, "properties": {"accessibility-label": item.title, "filename": name}}
        files += [(f"{root}/{folder}/Contents.json", _json(about)), (f"{root}/{folder}/{name}", item.data)]
    return files


def misskey(entries: Entries) -> bytes:
    """List the emoji for Misskey's import of a ZIP: version 2 of its export."""
    emojis = [
        {
            "downloaded": True,
            "fileName": name,
            "emoji": {
                "name": name.rsplit(".", 1)[0],
                "category": None,
                "aliases": sorted({item.name, *item.title.lower().split()}),
            },
        }
        for name, item, _ in entries
    ]
    return _json({"metaVersion": 2, "host": "popcon", "exportedAt": "1980-01-01T00:00:00.000Z", "emojis": emojis})


def identifier(title: str, entries: Entries) -> str:
    """Return a name for the pack that no other pack has, the same for the same stickers."""
    digest = hashlib.sha256()
    for _, item, _ in entries:
        digest.update(hashlib.sha256(item.data).digest())
    return f"{slug(title) or 'pack'}-{digest.hexdigest()[:8]}"


def _keywords(item: PackItem) -> list[str]:
    """Words to find a sticker by; Telegram takes 64 characters of them in all."""
    return [item.name.replace("-", " ")[:64]]


def _short(text: str, longest: int) -> str:
    return text.strip()[:longest].strip() or "PopCon"


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
