"""Array types of pictures: C-contiguous numpy arrays in sRGB."""

import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
"""(height, width, 3) uint8."""

Rgba = NDArray[np.uint8]
"""(height, width, 4) uint8, straight (not premultiplied) alpha."""

Mask = NDArray[np.uint8]
"""(height, width) uint8, 0 outside to 255 inside."""
