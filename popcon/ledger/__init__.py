"""Paid work: recorded before it is bought, never bought twice, never past a budget. Knows no vendor and no engine."""
