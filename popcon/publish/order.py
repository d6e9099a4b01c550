"""Turns a job and the environment into a place to publish to and the stickers for it."""

import os
from collections.abc import Mapping, Sequence
from typing import Literal

from popcon import naming
from popcon.errors import BadInput
from popcon.jobs.archive import Archive, Job
from popcon.models.results import Sticker
from popcon.packs.model import PackItem
from popcon.packs.names import file_names
from popcon.platforms import platform
from popcon.publish.model import PublishItem, Target
from popcon.publish.targets.discord import DiscordServer
from popcon.publish.targets.google_chat import GoogleChat
from popcon.publish.targets.mastodon import MastodonServer
from popcon.publish.targets.telegram import TelegramSet
from popcon.publish.transport import Transport

Place = Literal["telegram", "discord", "mastodon", "google-chat"]

PLATFORMS_OF: Mapping[Place, tuple[str, ...]] = {
    "telegram": ("telegram-sticker", "telegram-emoji"),
    "discord": ("discord-sticker", "discord-emoji"),
    "mastodon": ("mastodon",),
    "google-chat": ("google-chat",),
}

SERVERS: Mapping[Place, str] = {
    "telegram": "https://api.telegram.org",
    "discord": "https://discord.com/api/v10",
    "google-chat": "https://chat.googleapis.com",
}


def chosen_pack(job: Job, place: Place, wanted: str | None) -> str:
    """Return the pack of a job that goes to a place, by its edition.

    Arguments:
        wanted: a platform, or an edition such as telegram-emoji.ko; None: the only one that fits.

    Raises:
        BadInput: the job has none for it, or several of which none was named.
    """
    fitting = [name for name in job.spec.editions if naming.edition_parts(name)[0] in PLATFORMS_OF[place]]
    if wanted is not None:
        fitting = [name for name in fitting if wanted in (name, naming.edition_parts(name)[0])]
        if not fitting:
            raise BadInput(f"The job {job.id} has no stickers for {wanted} that go to {place}; it has {_listed(job)}.")
    if len(fitting) != 1:
        said = "none" if not fitting else " and ".join(fitting)
        raise BadInput(
            f"The job {job.id} has {said} for {place}; make it with --platforms {PLATFORMS_OF[place][0]}, or name one "
            "with --platform."
        )
    return fitting[0]


def items_of(archive: Archive, job: Job, edition: str) -> list[PublishItem]:
    """Return the stickers of a job's pack, in its order.

    Raises:
        BadInput: the pack is not complete, or not accepted by the platform's rules.
    """
    summary = archive.job_summary(job.id)
    pack = next((each for each in summary.packs if each.edition == edition), None)
    if pack is None:
        raise BadInput(f"The pack of {job.id} for {edition} is not made yet; continue it with popcon redo {job.id}.")
    if summary.missing:
        raise BadInput(
            f"The pack is not complete: {', '.join(summary.missing)} missing; continue the job, or order without these."
        )
    if not pack.accepted:
        raise BadInput(f"The pack breaks rules of {pack.platform}; see its report, or popcon check.")
    rules = platform(pack.platform)
    stickers = archive.stickers(job, edition)
    packed = pack_items(archive, job, stickers)
    names = file_names(rules, packed, pack.language)
    return [
        PublishItem(
            name=name.rsplit(".", 1)[0] if rules.pack.name_pattern else naming.slug(item.name),
            file_name=name,
            title=item.title,
            emoji=item.emoji or ("🙂",),
            data=item.data,
            media_type=sticker.file.media_type,
        )
        for name, item, sticker in zip(names, packed, stickers, strict=True)
    ]


def publication_name(place: Place, job: Job, edition: str) -> str:
    """Return the name under which it is written down what was sent of a pack.

    Languages share a server, whose emoji are told apart by their names; each has a set of its own at Telegram.
    """
    return job.id if place == "telegram" else naming.edition(job.id, naming.edition_parts(edition)[1])


def pack_items(archive: Archive, job: Job, stickers: Sequence[Sticker]) -> list[PackItem]:
    """Return stickers of a job with their bytes and what their actions are called, in the same order."""
    actions = {action.name: action for action in job.spec.actions}
    return [
        PackItem(each.action, actions[each.action].title, actions[each.action].emoji, archive.store.get(each.file))
        for each in stickers
    ]


def target_of(place: Place, job: Job, edition: str, set_name: str | None = None) -> Target:
    """Return the place, with its token from the environment.

    Raises:
        BadInput: a token or an id is not set; the message names the variable.
    """
    platform_name, language = naming.edition_parts(edition)
    server = os.environ.get(f"POPCON_{place.upper().replace('-', '_')}_URL") or SERVERS.get(place, "")
    match place:
        case "telegram":
            token = _needed("TELEGRAM_BOT_TOKEN", "BotFather gives it")
            user = _needed("TELEGRAM_USER_ID", "the numeric id of the set's owner")
            kind: Literal["custom_emoji", "regular"] = (
                "custom_emoji" if platform_name == "telegram-emoji" else "regular"
            )
            transport = Transport("Telegram", server)
            return TelegramSet(
                transport, token, user, set_name or naming.edition(job.id, language), job.spec.title, kind
            )
        case "discord":
            token = _needed("DISCORD_BOT_TOKEN", "the developer portal gives it")
            guild = _needed("DISCORD_GUILD_ID", "the server's id")
            transport = Transport("Discord", server, {"Authorization": f"Bot {token}"})
            return DiscordServer(transport, guild, "emojis" if platform_name == "discord-emoji" else "stickers")
        case "mastodon":
            address = _needed("MASTODON_URL", "the server's address")
            token = _needed("MASTODON_ACCESS_TOKEN", "of a person who may add emoji")
            transport = Transport("The server", address, {"Authorization": f"Bearer {token}"})
            return MastodonServer(transport, address, set_name or job.spec.title)
        case "google-chat":
            token = _needed("GOOGLE_CHAT_ACCESS_TOKEN", "of a person, with the scope chat.customemojis")
            return GoogleChat(Transport("Google Chat", server, {"Authorization": f"Bearer {token}"}))


def _needed(variable: str, what: str) -> str:
    value = os.environ.get(variable, "").strip()
    if not value:
        raise BadInput(f"{variable} is not set ({what}); set it in the environment or in a publishing block.")
    return value


def _listed(job: Job) -> str:
    return ", ".join(job.spec.editions)
