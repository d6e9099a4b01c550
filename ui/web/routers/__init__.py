"""The API, one router for each subject."""
