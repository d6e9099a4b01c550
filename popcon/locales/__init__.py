"""The languages that PopCon speaks to people, and one catalogue of messages (JSON) for each."""
