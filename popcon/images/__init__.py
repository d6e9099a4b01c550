"""Pictures and clips as arrays: reading them safely, normalising a character, choosing its backdrop, writing clips."""
