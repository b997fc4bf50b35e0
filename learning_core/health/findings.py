"""What a check of a library says: findings with their places and remedies, and the counts behind them."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, computed_field

SHOWN = 20
"""How many lines of one kind are named; the counts tell how many there are."""

Checked = Literal["library", "file", "line", "id", "index", "comparison", "audit", "profiles", "drafts"]


class Finding(BaseModel):
    """One thing that was checked; `line` counts from 1, `offset` is in bytes."""

    level: Literal["ok", "warning", "problem"]
    check: Checked
    what: str
    file: str = ""
    line: int | None = None
    offset: int | None = None
    remedy: str = ""

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated property (pydantic's documentation)
    @property
    def where(self) -> str:
        """The place in words."""
        parts = [self.file]
        if self.line is not None:
            parts.append(f"line {self.line}")
        if self.offset is not None:
            parts.append(f"byte {self.offset}")
        return ", ".join(filter(None, parts))


class Health(BaseModel):
    """All findings, and the counts behind them; `ok` unless one of them is a problem."""

    ok: bool
    findings: list[Finding]
    counts: dict[str, int]


def file_text(path: Path) -> str:
    r"""Return a path as valid Unicode; a byte of its name that is no text is written out, as in `\udcff`."""
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")


def bad_line(path: Path, line: int | None, offset: int, what: str) -> Finding:
    """Return the finding on an unusable line: a problem when one of ours lost bytes, for then a record is gone."""
    if "checksum" in what:
        level, remedy = "problem", (
            "Restore this line from a backup of the log, or let --repair write a copy without it; "
            "meanwhile it counts as not there."
        )  # fmt: skip
    elif "newer whatworks" in what:
        level, remedy = "warning", "Update whatworks; until then the line counts as not there."
    else:
        level, remedy = "warning", "The line costs only itself; correct the program that wrote it."
    return Finding.model_validate(
        {
            "level": level, "check": "line", "what": what, "file": file_text(path), "line": line, "offset": offset,
            "remedy": remedy,
        }
    )  # fmt: skip


def not_all(kind: str, total: int) -> list[Finding]:
    """Return a finding that says how many of a kind are shown, when not all are."""
    if total <= SHOWN:
        return []
    return [Finding(level="warning", check="line", what=f"{SHOWN} of {total:,} {kind} are shown.")]
