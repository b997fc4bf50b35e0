"""Importing a folder of PNG files with infotext, the first time and again, beside a plain Pillow loop."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from benchmarks.figure import Figure, timed
from benchmarks.studio import SEED, Studio
from learning_core.importers.run import import_paths
from learning_core.library import Library
from learning_core.log.events import decode

WIDTH, HEIGHT = 384, 256


def measure(folder: Path, count: int) -> list[Figure]:
    """Make `count` images of about 300 KB under `folder`, import them twice, and return the figures."""
    images = folder / "images"
    write_images(images, count)
    library = Library(folder / "library", folder / "cache")
    peer = timed(lambda: _pillow_loop(images, hashing=False))
    peer_hashing = timed(lambda: _pillow_loop(images, hashing=True))
    first = timed(lambda: _import(library, images, new=count))
    again = timed(lambda: _import(library, images, new=0))
    return [
        Figure("import", name, "files/s", count / ours, theirs, count / seconds, better="higher")
        for name, ours in (("first time", first), ("again, unchanged", again))
        for theirs, seconds in (
            ("Image.open(f).info", peer),
            ("Image.open(f).info + SHA-256 of the file", peer_hashing),
        )
    ]


def _import(library: Library, images: Path, new: int) -> None:
    report = import_paths(library, [images])
    assert report.new == new, report.summary()


def _pillow_loop(images: Path, *, hashing: bool) -> None:
    for path in images.iterdir():
        with Image.open(path) as image:
            assert "parameters" in image.info
        if hashing:
            hashlib.sha256(path.read_bytes())


def write_images(folder: Path, count: int) -> None:
    """Write PNG files of noise with A1111 infotext; the same count gives the same files."""
    folder.mkdir(parents=True)
    noise = np.random.Generator(np.random.PCG64(SEED))
    for number, infotext in zip(range(count), _infotexts(count), strict=True):
        pixels = noise.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
        text = PngInfo()
        text.add_text("parameters", infotext)
        Image.fromarray(pixels).save(folder / f"{number:06}.png", pnginfo=text, compress_level=0)


def _infotexts(count: int) -> Iterator[str]:
    for line in Studio(count).lines():
        event = decode(line[:-1])
        if event is None or event.kind != "job":
            continue
        job = event.content
        yield (
            f"{job['prompt_positive']}\nNegative prompt: {job['prompt_negative']}\n"
            f"Steps: {job['steps']}, Sampler: {job['sampler']}, CFG scale: {job['cfg_scale']}, "
            f"Seed: {job['seed']}, Size: {job['width']}x{job['height']}, "
            f"Model hash: {job['checkpoint_hash']}, "
            f"Model: {job['model'].split('/')[-1].split('.')[0]}, Version: v1.10.1"
        )
