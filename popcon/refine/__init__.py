"""A person's edits become alpha: masks, strokes, and both on one frame or on all. Keeping them is not done here."""
