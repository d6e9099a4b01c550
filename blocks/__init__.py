"""Prefect blocks: what a person edits in Prefect's UI. They hold settings and secrets, never logic."""
