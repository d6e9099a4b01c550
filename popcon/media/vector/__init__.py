"""A small vector drawing layer: paths in any unit, painted with clean edges at any size.

`paths` makes outlines, `coverage` turns them into antialiased masks, `canvas` paints with them, `sprites` keeps
drawings at several sizes and stamps them onto frames. What is drawn (effects, the mascot) lives elsewhere.
"""
