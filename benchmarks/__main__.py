"""Runs every benchmark that needs nothing but this repository, one after the other: `make bench`."""

import subprocess
import sys

TABLES = [
    "cutouts",
    "model_clips",
    "near_colours",
    "puppet",
    "effects",
    "stickers",
    "loops",
    "segment",
    "subjects",
    "pictures",
    "rescue",
    "gpu",
    "paid",
    "jobs",
    "speed",
    "operations",
    "web",
]


def main() -> None:
    """Print all tables; exit 1 if one could not be made."""
    failed = []
    for name in sys.argv[1:] or TABLES:
        print(f"\n== {name}\n", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode:
            failed.append(name)
    if failed:
        sys.exit(f"not made: {', '.join(failed)}")


if __name__ == "__main__":
    main()
