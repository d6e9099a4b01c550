"""Pretrained weights: which there are, from where they come, and whether the copy on this machine is whole."""
