"""Pictures as arrays: reading them safely, normalising a character, choosing its backdrop, writing them."""
