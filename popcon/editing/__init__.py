"""What people decide and change: verdicts at gates, refinements, the edit session, and edits applied to pixels."""
