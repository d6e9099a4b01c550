"""Every key, path, identifier and file name that PopCon makes. Nothing else builds one by hand.

Paths are relative to the store and use "/". What a person typed reaches a path only through `slug`.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

ARTIFACTS = "artifacts"
STEPS = "steps"
JOBS = "jobs"
PAID = "paid"
PAID_OPEN = "paid-open"
PAID_LEASES = "paid-leases"
SPENDING = "spending"
CURRENCIES = "spending-currencies"
CHANGES = "changes"
DELETED = "deleted"
PUBLISHED = "published"
QUARANTINE = "damaged"

_NAME = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


def slug(text: str, limit: int = 40) -> str:
    """Return `text` as lower-case ASCII words joined by "-", for paths, tags and files; "" when nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:limit].strip("-")


def is_name(text: str) -> bool:
    """Return whether `text` may stand in a path as a job id or an action name."""
    return len(text) <= 80 and bool(_NAME.match(text))


def job_id(title: str, digest: str) -> str:
    """Return the id of a job: readable, and the same for the same order, so that ordering again continues it."""
    return f"{slug(title, 32) or 'job'}-{digest[:8]}"


def artifact(sha256: str) -> str:
    return f"{ARTIFACTS}/{sha256[:2]}/{sha256[2:]}"


def quarantined(path: str) -> str:
    """Return where a file of the store is moved whose contents are wrong."""
    return f"{QUARANTINE}/{path}"


def quarantined_from(path: str) -> str:
    """Return where a file that `quarantined` named was before."""
    return path.removeprefix(f"{QUARANTINE}/")


def artifact_page(sha256: str) -> str:
    """Return where the web app serves an artifact, under its own address."""
    return f"/artifacts/{sha256}"


def link_key() -> str:
    """Return the key that signs links to artifacts."""
    return "keys/links.json"


def signed_artifact_page(sha256: str, expires: int, signature: str) -> str:
    """Return the address of an artifact that may be shown by other pages until it expires, in seconds since 1970."""
    return f"{artifact_page(sha256)}?expires={expires}&signature={signature}"


def job_page(job: str) -> str:
    """Return where the web app shows a job."""
    return f"/jobs/{job}"


def job_tag(job: str) -> str:
    """Return the tag that every Prefect run of a job carries."""
    return f"job:{job}"


def action_tag(action: str) -> str:
    return f"action:{action}"


def step_record(key: str) -> str:
    return f"{STEPS}/{key}.json"


def job_folder(job: str) -> str:
    return f"{JOBS}/{job}"


def job_spec(job: str) -> str:
    return f"{JOBS}/{job}/spec.json"


def tombstone(job: str) -> str:
    """Return the path of the file that is there while a job is deleted and may be restored: one listing tells all."""
    return f"{DELETED}/{job}.json"


def changed(job: str) -> str:
    """Return the path of a job's version: written after each change, so that one listing tells what is new."""
    return f"{CHANGES}/{job}"


def known_weights(key: str) -> str:
    """Return what a machine that cuts out found of an engine's weights."""
    return f"engines/{key}.json"


def card_index() -> str:
    """Return the index of all jobs, as some process last saved it."""
    return "index/cards.json.gz"


def finished_jobs() -> str:
    """Return the jobs that were found finished, each with its mark then."""
    return "index/finished.json"


def job_budget(job: str) -> str:
    """Return the budget in force, where it was changed since the job was ordered."""
    return f"{JOBS}/{job}/budget.json"


def job_summary(job: str) -> str:
    return f"{JOBS}/{job}/summary.json"


def sheet_members(job: str, sheets: str) -> str:
    """Return which start frames of a job are bought together."""
    return f"{JOBS}/{job}/sheets/{sheets}.json"


def revisions(job: str) -> str:
    return f"{JOBS}/{job}/revisions"


def revision(job: str, number: int) -> str:
    return f"{revisions(job)}/{number:04d}.json"


def arrangements(job: str) -> str:
    return f"{JOBS}/{job}/arrangements"


def arrangement(job: str, number: int) -> str:
    return f"{arrangements(job)}/{number:04d}.json"


def shares(job: str) -> str:
    return f"{JOBS}/{job}/shares"


def share(job: str, share_id: str) -> str:
    return f"{shares(job)}/{share_id}.json"


def shared_page(job: str, token: str) -> str:
    """Return where the web app shows a job to who has the token of a share."""
    return f"/shared/{job}/{token}"


def comments(job: str) -> str:
    return f"{JOBS}/{job}/comments"


def comment(job: str, number: int) -> str:
    return f"{comments(job)}/{number:04d}.json"


def adjustments(job: str) -> str:
    return f"{JOBS}/{job}/adjustments"


def adjustment(job: str, number: int) -> str:
    return f"{adjustments(job)}/{number:06d}.json"


def action_folder(job: str, action: str) -> str:
    return f"{JOBS}/{job}/actions/{action}"


def action_summary(job: str, action: str) -> str:
    return f"{action_folder(job, action)}/summary.json"


def verdicts(job: str, action: str) -> str:
    return f"{action_folder(job, action)}/verdicts"


def verdict(job: str, action: str, question: str) -> str:
    return f"{verdicts(job, action)}/{question}.json"


def question(gate: str, revision: int, attempt: int) -> str:
    """Return what a verdict answers: a gate, since the last redo, at its n-th showing."""
    return f"{gate}-r{revision:02d}-a{attempt:03d}"


def result(task: str, edition: str = "") -> str:
    """Return the name under which an action's summary holds what a task made last."""
    return f"{task}:{edition}" if edition else task


def edition(platform: str, language: str = "") -> str:
    """Return the name of a job's pack: its platform, and its language where the job has words in several."""
    return f"{platform}.{language}" if language else platform


def edition_parts(name: str) -> tuple[str, str]:
    """Return the platform of a pack's name, and its language; empty: the job has one at most."""
    platform, _, language = name.partition(".")
    return platform, language


def is_question(text: str, gate: str) -> bool:
    """Return whether `text` is what `question` makes for a gate."""
    return bool(re.fullmatch(rf"{re.escape(gate)}-r\d{{2,}}-a\d{{3,}}", text))


def declined(job: str, action: str, key: str) -> str:
    """Return the refusal of a service to make what a step asks for."""
    return f"{action_folder(job, action)}/declined/{key}.json"


def refinements(job: str, action: str) -> str:
    return f"{action_folder(job, action)}/refinements"


def refinement(job: str, action: str, number: int) -> str:
    return f"{refinements(job, action)}/{number:06d}.json"


def paid_record(key: str) -> str:
    return f"{PAID}/{key}.json"


def paid_open(key: str) -> str:
    """Return the path of the file that is there while a purchase is not settled: one listing tells all of them."""
    return f"{PAID_OPEN}/{key}.json"


def paid_leases(key: str) -> str:
    return f"{PAID_LEASES}/{key}"


def paid_lease(key: str, generation: int) -> str:
    return f"{paid_leases(key)}/{generation:06d}.json"


def paid_request(key: str, attempt: int, generation: int) -> str:
    """There once a request of an attempt may have left while a lease was held."""
    return f"{paid_leases(key)}/request-{attempt}-{generation:06d}.json"


def attempt_and_generation(path: str) -> tuple[int, int] | None:
    """Return the attempt and the lease that a path from `paid_request` names; None: it is another path."""
    found = re.search(r"/request-(\d+)-(\d+)\.json$", path)
    return (int(found[1]), int(found[2])) if found else None


def job_spending(job: str, currency: str) -> str:
    """Return the scope of a job's amounts in a currency; CNY, the first one, has no name of its own."""
    return f"job-{job}" if currency == "CNY" else f"job-{job}.{currency.lower()}"


def day_spending(day: str, currency: str) -> str:
    """Return the scope of a day's amounts in a currency; `day` is an ISO date in UTC."""
    return f"day-{day}" if currency == "CNY" else f"day-{day}.{currency.lower()}"


def known_currency(currency: str) -> str:
    """Return the path of the file that is there where anything was bought in a currency other than CNY."""
    return f"{CURRENCIES}/{currency.lower()}.json"


def currency_of(path: str) -> str:
    """Return the currency in the path of a `known_currency`."""
    return path.rsplit("/", 1)[-1].removesuffix(".json").upper()


def spend_entries(scope: str) -> str:
    """Return the folder of a budget's entries; `scope` is `job-<id>` or `day-<ISO date in UTC>`."""
    return f"{SPENDING}/{scope}"


def spend_entry(scope: str, number: int) -> str:
    return f"{spend_entries(scope)}/{number:06d}.json"


def entry_numbers(paths: Iterable[str]) -> list[int]:
    """Return the numbers in paths of numbered records, rising; what else lies there has none."""
    names = (path.rsplit("/", 1)[-1].removesuffix(".json") for path in paths)
    return sorted(int(name) for name in names if name.isascii() and name.isdecimal())


def publication(job: str, kind: str, destination: str) -> str:
    """Name what a job sends to a place: the same for the same place, so that a second run goes on."""
    place = hashlib.sha256(f"{kind} {destination}".encode()).hexdigest()[:12]
    return f"{job}-{slug(kind)}-{place}"


def published_baseline(key: str) -> str:
    return f"{PUBLISHED}/{key}/baseline.json"


def published_item(key: str, number: int) -> str:
    return f"{PUBLISHED}/{key}/{number:04d}.json"


def sticker_file(action: str, edition: str, suffix: str) -> str:
    """Return a single sticker in the folder that a person gets."""
    return f"stickers/{edition}/{action}{suffix}"


def submission_file(edition: str, name: str) -> str:
    """Return a file of a pack's submission kit in that folder."""
    return f"submission-{edition}/{name}"


def wastickers_file(title: str, language: str = "") -> str:
    """Return a pack for apps that import stickers into WhatsApp."""
    return f"{edition(slug(title, 32) or 'pack', language)}.wastickers"


def sheet_file(edition: str, alone: bool) -> str:
    """Return a contact sheet in that folder; `alone` where the job has one pack."""
    return "contact-sheet.png" if alone else f"contact-sheet-{edition}.png"


def pack_file(title: str, edition: str) -> str:
    return f"{slug(title, 32) or 'pack'}-{edition}.zip"


def records_block(store_url: str) -> str:
    """Return the name of the Prefect block for a store: readable, and one for each store."""
    return f"{slug(store_url, 30) or 'store'}-{hashlib.sha256(store_url.encode()).hexdigest()[:8]}"


MODELS = "models"
MANIFEST = "manifest.json"
PINS = "pins.json"
PARTIAL = ".part"


def file_name_of(path: str) -> str:
    """Return the last part of a path with "/"."""
    return path.rpartition("/")[2]
