"""Exporting one table of a library to a file, or to a stream that is open already."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import BaseModel

from learning_core.audit import AuditChain
from learning_core.exports import rows, table_rows
from learning_core.exports.tables import Form, write_table
from learning_core.library import Library
from learning_core.new_file import new_file, refuse_taken

Table = Literal["records", "feedback", "statistics", "keywords", "loras", "days"]
Progress = Callable[[int, int], None]

TABLES = {
    "records": (rows.RECORD_COLUMNS, rows.record_rows),
    "feedback": (rows.FEEDBACK_COLUMNS, rows.feedback_rows),
    "statistics": (rows.STATISTICS_COLUMNS, rows.statistics_rows),
    "keywords": (table_rows.KEYWORD_COLUMNS, table_rows.keyword_rows),
    "loras": (table_rows.LORA_COLUMNS, table_rows.lora_rows),
    "days": (table_rows.DAY_COLUMNS, table_rows.day_rows),
}


class Exported(BaseModel):
    """What was written; `path` is `-` for a stream, `not_noted` says why the audit chain could not be written."""

    path: str
    table: Table
    rows: int
    not_noted: str = ""


def export_table(
    library: Library,
    target: Path | BinaryIO,
    table: Table,
    form: Form,
    *,
    at: float,
    actor: str,
    where: str = "",
    bom: bool = False,
    replace: bool = False,
    indexing: Progress | None = None,
    progress: Progress | None = None,
) -> Exported:
    """Write a table; the file appears when it is whole. `at` (epoch seconds) and `actor` go to the audit chain.

    `progress` is called with rows, jobs or parameters done and in all. Raises QuestionError, TargetRefused,
    IndexUnavailable.
    """
    columns, rows_of = TABLES[table]
    name = str(target) if isinstance(target, Path) else "-"
    if isinstance(target, Path):
        refuse_taken(target, replace=replace)
    with library.snapshot(indexing) as snapshot:
        opened = new_file(target, replace=replace) if isinstance(target, Path) else nullcontext(target)
        with opened as file:
            rows_named = ({name: row[name] for name in columns} for row in rows_of(snapshot, where, progress))
            written = write_table(file, columns, rows_named, form, bom=bom)
    exported = Exported(path=name, table=table, rows=written)
    if library.exists():
        details = {"file": Path(name).name, "table": table, "where": where, "rows": written}
        exported.not_noted = AuditChain(library.root).note(at=at, actor=actor, action="export", details=details)
    return exported
