"""The matte engine `birefnet`: a segmentation network with weights (and code) that a person names.

`settings` and `source` say what and where, `network` loads it and runs it on batches, `engine` makes cutouts of what
it says. Nothing here loads torch before the first frame.
"""
