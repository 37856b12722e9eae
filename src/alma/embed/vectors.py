"""From floats to the int8 vectors that are stored. The largest part is always 127 in size, so none is wasted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def int8_bytes(vector: NDArray[np.float32]) -> bytes:
    """The vector as signed bytes, scaled so that its largest part is 127 in size. It must not be zero."""
    scaled: NDArray[np.int8] = np.rint(vector * (127 / np.abs(vector).max())).astype(np.int8)
    return scaled.tobytes()
