"""What people decide and change: verdicts at gates, refinements, and edits applied to pixels."""
