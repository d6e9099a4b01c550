"""Response models of the API, where they differ from the models of the domain."""

from collections.abc import Mapping

from pydantic import Field

from popcon.ledger.bill import money
from popcon.locales.sentences import say
from popcon.media.captions.phrases import LANGUAGES
from popcon.models.base import Model
from popcon.models.job import JobSpec
from popcon.models.results import Pack, Sticker
from popcon.models.verdict import Status
from popcon.pipeline.comparison import billing_currency
from popcon.pipeline.plan import Plan
from popcon.platforms import PLATFORMS
from ui.web.job_cards import Card


class FileView(Model):
    """A file that can be downloaded."""

    url: str
    media_type: str
    width: int | None = None
    height: int | None = None
    bytes: int
    note: str = ""


def pack_title(pack: Pack, shown_in: str) -> str:
    """Return a pack's title in the reader's language: its platform's, and its own language where the job has
    several."""
    language = f", {LANGUAGES.get(pack.language, pack.language)}" if pack.language else ""
    return say(PLATFORMS[pack.platform].title, shown_in) + language


def sticker_view(address: str, sticker: Sticker, language: str) -> FileView:
    """Return a sticker's file, under an address that changes with it."""
    return FileView(
        url=f"{address}?v={sticker.file.sha256[:8]}",
        media_type=sticker.file.media_type,
        width=sticker.width,
        height=sticker.height,
        bytes=sticker.file.size,
        note=say(f"{sticker.frames} frames, {sum(sticker.durations_ms) / 1000:.1f} s", language),
    )


class Ground(Model):
    """A colour that stickers stand on."""

    name: str
    colour: str = Field(description="#rrggbb")


def grounds_view(colours: Mapping[str, tuple[int, int, int]]) -> tuple[Ground, ...]:
    """Name colours, sRGB 0 to 255, as pages take them."""
    return tuple(Ground(name=name, colour="#" + bytes(colour).hex()) for name, colour in colours.items())


class ActionView(Model):
    """One tile of the review board."""

    name: str
    title: str
    emoji: str
    motion: str
    effect: str
    status: Status
    message: str = Field(description="why it failed, or what to know")
    next: str = Field(description="what a person can do now, in a sentence")
    question: str = ""
    answered: bool = Field(default=False, description="whether the question has its answer, which is not taken up yet")
    declined: bool = Field(default=False, description="whether there is nothing to look at: a service declined it")
    prompt: str = Field(description="the motion prompt that counts just now")
    start_frame: FileView | None = None
    clip: FileView | None = None
    stickers: dict[str, FileView] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    doubtful: int = Field(default=0, description="cutouts that a person should look at")
    takes: int = 0
    refinable: bool = False
    edited: bool = Field(default=False, description="whether somebody changed frames by hand")


class PackView(Model):
    """A pack of one platform."""

    platform: str
    title: str
    file: FileView
    accepted: bool
    files: int
    notes: tuple[str, ...]


class JobView(Model):
    """The review board."""

    card: Card
    spec: JobSpec
    running: str = Field(description="running, queued, waiting, stopped; empty: only Prefect knows")
    problem: str = Field(default="", description="why the whole job stopped")
    now: str = Field(description="what is happening just now, in a sentence")
    next: str = Field(description="what to do next, in a sentence")
    actions: tuple[ActionView, ...]
    packs: tuple[PackView, ...]
    sheets: dict[str, str]


class PlanView(Model):
    """The steps, cache hits and estimated price of a job."""

    plan: Plan
    to_do: int
    cached: int
    cost: str = Field(description="estimated, with its currency; empty: nothing")
    sentence: str


def plan_view(plan: Plan, spec: JobSpec, language: str) -> PlanView:
    """Summarise a plan for a person, in a language of `popcon.locales.catalogs.LANGUAGES`."""
    to_do = len(plan.steps) - plan.hits
    cost = f"{money(plan.estimate)} {billing_currency(spec)}" if plan.estimate else ""
    found = f", {plan.hits} are finished already" if plan.hits else ""
    return PlanView(
        plan=plan,
        to_do=to_do,
        cached=plan.hits,
        cost=cost,
        sentence=say(f"{to_do} steps to do{found}; {f'about {cost}' if cost else 'free of charge'}.", language),
    )
