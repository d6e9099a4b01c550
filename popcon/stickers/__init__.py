"""Frames to one finished sticker: placed on the canvas, timed, coded to the byte budget. Packs are made in
`popcon.packs`, and rules are checked in `popcon.check`, which shares nothing with this."""
