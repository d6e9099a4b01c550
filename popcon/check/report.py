"""What a check says: one finding for each rule, kept whether it passed or not."""

from datetime import date
from typing import Literal

from pydantic import Field

from popcon.models.base import Model

Verdict = Literal["pass", "warn", "fail"]


class Source(Model):
    """Where a rule was read."""

    kind: Literal["official", "secondary", "ours"] = Field(
        description="official: the platform's or the format's own text; secondary: others' experience; ours: good sense"
    )
    page: str = Field(description="which page or document, in words")
    url: str = Field(default="", description="its address, where it has a lasting one")
    seen: date | None = Field(default=None, description="when it was last looked at; None: it does not change")
    disagrees: str = Field(default="", description="what other sources say instead")

    def outdated(self, today: date) -> bool:
        """Return whether nobody looked at it for a year."""
        return self.seen is not None and (today - self.seen).days > 365


class Finding(Model):
    """One rule, held against one file or pack."""

    rule: str = Field(description="the rule's id, such as canvas or apng.sequence")
    says: str = Field(description="what the rule asks")
    source: Source
    found: str = Field(description="what the file has")
    verdict: Verdict
    file: str = Field(default="", description="which file of a pack; empty for the pack itself")


class CheckReport(Model):
    """All findings on a file, a folder or a pack, in a fixed order."""

    platform: str
    name: str = Field(description="what was checked")
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether no rule failed. Warnings do not count."""
        return all(each.verdict != "fail" for each in self.findings)

    @property
    def failures(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.verdict == "fail")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.verdict == "warn")
