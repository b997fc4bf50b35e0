"""Why the file system refused a log, and what a person can do about it."""

import errno
from pathlib import Path

from learning_core.errors import LogNotWritable

_REMEDIES: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("the disk is full", "Free some space on it, then repeat."),
    errno.EDQUOT: ("your disk quota is used up", "Free some space or ask for more quota, then repeat."),
    errno.EFBIG: (
        "the file may not grow any further (a limit of the file system or of this session)",
        "Raise the limit (`ulimit -f`), or rename the log (another name that ends in .jsonl stays in the library).",
    ),
    errno.EROFS: (
        "its file system is read-only",
        "Mount it for writing, or choose another library with --library.",
    ),
    errno.EACCES: (
        "you have no permission",
        "Correct the permissions of the file and its folder, or choose another library with --library.",
    ),
    errno.EMFILE: ("this program has too many files open", "Close some or raise the limit (`ulimit -n`), then repeat."),
    errno.ENFILE: ("the computer has too many files open", "Close some programs, then repeat."),
    errno.EIO: (
        "the disk reported an error",
        "Check the disk and the system's messages, and copy the library elsewhere before anything else.",
    ),
    errno.ELOOP: (
        "it is a symbolic link, and a log is never written through one",
        "Put a plain file there, or choose another library with --library.",
    ),
    errno.ENOLCK: (
        "its file system grants no locks",
        "Move the library to a local disk, or choose another with --library.",
    ),
}
_REMEDIES[errno.EPERM] = _REMEDIES[errno.EACCES]
_REMEDIES[errno.ENOTSUP] = _REMEDIES[errno.ENOLCK]
_ANY_OTHER = "Correct what is wrong with it, or choose another library with --library."


def not_writable(log: Path, error: OSError) -> LogNotWritable:
    """Return the error that names the file, what is wrong with it, and the remedy."""
    named = error.filename if isinstance(error.filename, str) else str(log)
    _, remedy = _REMEDIES.get(error.errno or 0, ("", _ANY_OTHER))
    return LogNotWritable(Path(named).absolute(), words_of(error), remedy)


def words_of(error: OSError) -> str:
    """Return what is wrong as a short phrase, without a full stop."""
    words, _ = _REMEDIES.get(error.errno or 0, (error.strerror or str(error), ""))
    return words
