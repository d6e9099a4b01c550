"""Subject engines: a picture with scenery to a soft mask of its character."""
