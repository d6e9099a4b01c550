"""The command that uploads packs: publish."""

import os
from typing import Annotated, Literal

from cyclopts import Parameter

from ui.cli.console import err, print_result, said


def publish(
    job: str,
    /,
    *,
    to: Literal["telegram", "discord", "mastodon", "google-chat"],
    platform: str | None = None,
    set_name: Annotated[str | None, Parameter(name="--set")] = None,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Upload a job's pack, each sticker exactly once. The same command again goes on where it stopped.

    Tokens come from the environment, or from the Prefect block `default` of the type PopCon publishing account:
    TELEGRAM_BOT_TOKEN and TELEGRAM_USER_ID; DISCORD_BOT_TOKEN and DISCORD_GUILD_ID; MASTODON_URL and
    MASTODON_ACCESS_TOKEN; GOOGLE_CHAT_ACCESS_TOKEN.

    Examples:

        popcon publish fox-3f9a1c20 --to telegram --dry-run
        popcon publish fox-3f9a1c20 --to discord --platform discord-emoji

    Parameters
    ----------
    job
        the job's id, as `popcon jobs` lists it.
    to
        telegram, discord, mastodon or google-chat.
    platform
        which of the job's packs, where several could go there; with its language, as telegram-emoji.ko.
    set_name
        name of the set (Telegram), or its category (Mastodon) [default: the job's id and language, the pack's title].
    dry_run
        say what would be sent, after the same checks; send nothing.
    json
        one JSON object on stdout.
    """
    from popcon.jobs.archive import Archive
    from popcon.publish.order import chosen_pack, items_of, publication_name, target_of
    from popcon.publish.publisher import Publisher
    from popcon.settings import settings
    from popcon.storage.store import open_store

    if os.environ.get("PREFECT_API_URL"):
        from blocks.access import use_publishing_account

        use_publishing_account()
    archive = Archive(open_store(settings().store_url))
    found = archive.job(job)
    name = chosen_pack(found, to, platform)
    items = items_of(archive, found, name)
    target = target_of(to, found, name, set_name)
    publisher, publication = Publisher(archive.store), publication_name(to, found, name)
    if dry_run:
        planned = publisher.plan(publication, target, items)
        lines = [f"would send to {planned.destination}: {', '.join(planned.left) or 'nothing'}"]
        lines += [f"there already: {', '.join(planned.already)}"] if planned.already else []
        print_result(planned.model_dump(mode="json"), json, *lines)
        return
    with err.status(said("uploading …")) as status:
        done = publisher.publish(
            publication, target, items, lambda count, last: status.update(said(f"{count} of {len(items)}: {last}"))
        )
    print_result(
        done.model_dump(mode="json"),
        json,
        f"{len(done.sent)} sent to {done.destination}, {len(done.already)} were there: {done.link}",
    )
