"""The client of the inference host: engine protocols computed in another process."""
