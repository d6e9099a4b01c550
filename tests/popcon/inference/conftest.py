"""Models in tests: offline, a fresh home for what their libraries cache, few threads."""

import os
import tempfile

# Libraries read these when they are first imported, so no fixture could set them in time.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="popcon-hf-")
os.environ["YOLO_AUTOINSTALL"] = "false"
os.environ["YOLO_OFFLINE"] = "true"
os.environ["YOLO_CONFIG_DIR"] = tempfile.mkdtemp(prefix="popcon-yolo-")
