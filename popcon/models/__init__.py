"""The nouns of PopCon as immutable pydantic models: what steps read, return and keep. No behaviour beyond checks."""
