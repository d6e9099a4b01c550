"""Every way in which PopCon says no: one base class, one subclass for each situation.

A message is one sentence that says what was wrong, where, and what would be accepted. `BadInput` is the
person's to mend (exit code 2, HTTP 4xx, never retried); `Fault` is the world's (exit code 1, retried; what was
made is kept).
"""


class PopconError(Exception):
    """The base of all errors that are meant to be read by a person."""


class BadInput(PopconError):
    """What was given cannot be used as it is. Nothing was changed."""


class BadPicture(BadInput):
    """A file is not a picture that can become a character."""


class UnclearCharacter(BadPicture):
    """A picture in which the machine cannot tell the character from its background; the message names the ways on."""


class BadClip(BadInput):
    """A file is not a clip whose frames can be cut out."""


class BackdropNotFlat(BadInput):
    """Frames do not stand on one flat colour, so unmixing it would guess."""


class UnknownName(BadInput):
    """A name (of an action, a platform, an engine, a job, a step) that nothing here answers to.

    Arguments:
        kind: what was looked for, as a person calls it ("platform").
        name: what was given.
        known: the names that would have been accepted.
    """

    def __init__(self, kind: str, name: str, known: list[str] | tuple[str, ...] = ()) -> None:
        hint = f"; choose from {', '.join(known)}" if known else ""
        super().__init__(f"There is no {kind} named {name!r}{hint}.")
        self.kind, self.name, self.known = kind, name, tuple(known)


class DoesNotFit(BadInput):
    """A sticker cannot be brought under a platform's limit by any permitted means."""


class UnhashableInput(PopconError):
    """A step was given something that has no stable hash. Running it uncached would hide the mistake."""


class Fault(PopconError):
    """Something outside failed (a disk, a network, a vendor). Running the same command again continues."""


class ArtifactDamaged(Fault):
    """The bytes of an artifact are missing or no longer match their hash; its step has to run again."""


class RecordDamaged(Fault):
    """A record in the store is cut off, or was written by another version. It is never passed over silently.

    Arguments:
        store: the store's address.
        path: of the record in the store.
    """

    def __init__(self, store: str, path: str) -> None:
        super().__init__(
            f"The record {path} in {store} cannot be read: it is damaged, or was written by another version of PopCon. "
            "Bring it back from a copy, use that version, or delete it to go on without it."
        )
        self.path = path


class EngineUnavailable(Fault):
    """An engine cannot be loaded here; the message says what to install or set."""


class PromptTooLong(BadInput):
    """A person's words do not fit into what a model reads; the message says how much has to go."""


class EngineCannot(BadInput):
    """An engine was asked for what it does not do; the message says which one does."""


class BudgetExceeded(BadInput):
    """A paid call would pass the job's budget. Everything made so far is kept; raise the budget to go on."""


class ServiceRefused(BadInput):
    """A vendor will not do this however often it is asked: a wrong key, an unknown model, an unpaid bill."""


class PromptDeclined(ServiceRefused):
    """A vendor's content check turned a prompt or a picture away. The message says why; another prompt may pass."""


class ServiceFault(Fault):
    """A vendor cannot be reached or does not work just now. What was bought is recorded and picked up again."""


class DamagedResult(Fault):
    """What a vendor let us download is not a whole file of the type that was bought."""


class PaidResultLost(Fault):
    """Something was paid for and cannot be had any more. The bill shows it."""
