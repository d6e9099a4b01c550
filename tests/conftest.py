"""What all tests share."""

import os

import cv2

os.environ.setdefault("DO_NOT_TRACK", "1")
cv2.setNumThreads(1)
