"""The few colours that all effects share.

No green and no magenta among them, so that a backdrop far from every effect and most characters exists. Every
shape is a light fill in a dark outline: the fill reads on dark chats, the outline on light ones.
"""

from popcon.media.vector.canvas import Colour

INK: Colour = (43, 32, 56)
WHITE: Colour = (255, 255, 255)
YELLOW: Colour = (255, 212, 64)
AMBER: Colour = (245, 160, 36)
CORAL: Colour = (255, 92, 92)
CRIMSON: Colour = (214, 52, 68)
ROSE: Colour = (255, 158, 158)
ICE: Colour = (206, 236, 255)
SKY: Colour = (88, 190, 255)
BLUE: Colour = (52, 138, 232)
MIST: Colour = (172, 180, 206)
SLATE: Colour = (116, 124, 160)
TAN: Colour = (226, 160, 88)
BROWN: Colour = (160, 96, 52)
