"""Makes the bundle that desktop clients install by a click: `python -m distribution.bundle whatworks.mcpb`.

The same sources give the same bytes.
"""

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MANIFEST = ROOT / "distribution" / "manifest.json"
PACKAGES = ("learning_core", "server", "prompts")
FILES = ("pyproject.toml", "README.md", "LICENSE")
_UNSHIPPED = {"__pycache__", ".DS_Store"}
_EARLIEST = (1980, 1, 1, 0, 0, 0)


def contents() -> Iterator[tuple[str, Path]]:
    """Yield what belongs into the bundle: the name in it, and the file."""
    yield "manifest.json", MANIFEST
    for name in FILES:
        yield name, ROOT / name
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if path.is_file() and not _UNSHIPPED & set(path.parts):
                yield path.relative_to(ROOT).as_posix(), path


def write(target: Path) -> None:
    """Write the bundle, in place of one before."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in contents():
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "whatworks.mcpb"))
