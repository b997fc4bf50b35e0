"""Makes libraries of any size from a fixed seed: `python -m benchmarks.generate --records 100000 FOLDER`."""

import argparse
from pathlib import Path

from benchmarks.studio import SEED, Studio


def write_library(folder: Path, records: int, seed: int = SEED) -> Path:
    """Write the log of a library and return its file; the same arguments give the same bytes."""
    path = folder / "log" / "whatworks.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb", buffering=1024 * 1024) as file:
        file.writelines(Studio(records, seed).lines())
    return path


def main() -> None:
    """Read the arguments and write one library."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="library folder to make; its log is replaced")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    path = write_library(arguments.folder, arguments.records, arguments.seed)
    print(f"{path}: {arguments.records} records, {path.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
