"""Rehearses a platform's review: what a reviewer, or a person in a chat, might doubt. Doubts, not verdicts."""

from popcon.check.review.doubts import Doubt
from popcon.check.review.rehearsal import review_files, review_path, write_pictures

__all__ = ["Doubt", "review_files", "review_path", "write_pictures"]
