"""A part of a test that knows as little of any index as another process does, and leaves what this one knows alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from learning_core.index import extend, loaded, reading


@contextmanager
def another_process() -> Iterator[None]:
    """Put aside what this process keeps of indexes, connections too, and bring it back afterwards."""
    readers, writers = reading.readers._idle, reading.writers._idle
    applier, columns = extend._kept._kept, loaded._kept._loaded
    index = loaded._kept._index
    reading.readers._idle = reading.writers._idle = extend._kept._kept = None
    loaded._kept._index, loaded._kept._loaded = "", loaded.Loaded()
    try:
        yield
    finally:
        reading.close_all()
        reading.readers._idle, reading.writers._idle = readers, writers
        extend._kept._kept, loaded._kept._loaded = applier, columns
        loaded._kept._index = index
