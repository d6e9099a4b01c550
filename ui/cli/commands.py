"""The commands of `popcon`: where each one is, and the first line of its help. Importing this imports none of them."""

from collections.abc import Mapping
from typing import NamedTuple


class Command(NamedTuple):
    """A command.

    Attributes:
        place: its function, or application of several commands, as `module:name`.
        summary: what `popcon --help` shows: the first sentence of the command's own help.
    """

    place: str
    summary: str


COMMANDS: Mapping[str, Command] = {
    "demo": Command(
        "ui.cli.orders:demo",
        "Make a LINE emoji pack of 8 from a mascot that PopCon draws itself: no input, no key, no network.",
    ),
    "make": Command("ui.cli.orders:make", "Make a pack of animated emoji from one picture."),
    "plan": Command(
        "ui.cli.orders:plan",
        "Show what `make` would do with the same arguments: steps, what is finished already, the estimate. "
        "Makes nothing.",
    ),
    "redo": Command(
        "ui.cli.orders:redo", "Continue a job, or redo it from a step. Only what changes is computed again."
    ),
    "edit": Command(
        "ui.cli.edit:edit",
        "Adjust the stickers of a job: outline, colours, place, first frame. Without options, show what is adjusted.",
    ),
    "jobs": Command("ui.cli.archive:jobs", "List all jobs, newest first."),
    "show": Command("ui.cli.archive:show", "Show a job: where each action stands, what it made."),
    "cutout": Command(
        "ui.cli.files:cutout",
        "Cut every frame of a clip, or of a folder of frames, out of its backdrop: numbered RGBA PNGs.",
    ),
    "rig": Command(
        "ui.cli.rig:rig", "Find a character's face and limbs, as a record to correct and give to `make --rig`."
    ),
    "segment": Command("ui.cli.files:segment", "Turn clicks on a picture into a mask."),
    "export": Command(
        "ui.cli.files:export", "Turn a folder of numbered RGBA PNGs into one sticker that a platform accepts."
    ),
    "check": Command(
        "ui.cli.rules:check",
        "Check a sticker, a folder of stickers or a pack against a platform's rules. Exit code 2 if one is broken.",
    ),
    "publish": Command(
        "ui.cli.publishing:publish",
        "Upload a job's pack, each sticker exactly once. The same command again goes on where it stopped.",
    ),
    "platforms": Command(
        "ui.cli.rules:platforms",
        "List the platforms, or every rule of one with its source and the day it was last looked at.",
    ),
    "models": Command("ui.cli.models:models", "Weights of models: what is here, fetched by pinned revision and hash."),
    "up": Command(
        "ui.cli.services:up", "Run a Prefect server, its workers and the web app on this machine, until Ctrl-C."
    ),
    "deploy": Command(
        "ui.cli.services:deploy",
        "Register pools, queues, blocks, deployments and automations on the Prefect server in PREFECT_API_URL.",
    ),
    "web": Command("ui.cli.web:web", "Serve the web app: order, review, refine, archive."),
}
