"""Put a hub model's pinned commit into a folder while an image is built. Arguments: FOLDER ID REVISION."""

import re
import sys
from pathlib import Path

WANTED = ("*.json", "*.py", "*.safetensors", "*.txt", "LICENSE*", "README*")


def main(arguments: list[str]) -> int:
    """Fetch, unless the id is empty. Returns 2 where the revision is no full commit."""
    folder, repository, revision = arguments
    Path(folder).mkdir(parents=True, exist_ok=True)
    if not repository:
        return 0
    if not re.fullmatch(r"[0-9a-f]{40}", revision):
        print(f"{repository} needs a revision of 40 hex digits, not {revision!r}.", file=sys.stderr)
        return 2
    from huggingface_hub import snapshot_download

    snapshot_download(repository, revision=revision, local_dir=folder, allow_patterns=list(WANTED))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
