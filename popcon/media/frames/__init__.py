"""From a clip to a timeline: its borders, how it moves, where it repeats and which of its frames are shown."""
