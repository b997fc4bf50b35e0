"""Logs as released versions wrote them, and what whatworks makes of each: `records.json` and `answers.json` beside it.

`records.json` says what each log says and never changes; `answers.json` says how it is told and may change with the
words or the statistics. `python tests/golden/replay.py` writes both anew, on purpose only, and never touches a log.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent


def golden_libraries() -> list[str]:
    """Return the names of the golden libraries."""
    return sorted(path.parent.name for path in FOLDER.glob("*/log"))


def replay(name: str, cache: Path) -> dict[str, bytes]:
    """Return what whatworks makes of one golden log, by the name of the file in which it is expected."""
    from every_answer import all_references, answers_of, trouble_of

    from learning_core.library import Library

    with Library(FOLDER / name, cache).snapshot() as snapshot:
        references = all_references(snapshot)
        records = {ref: _record(snapshot, ref) for ref in references}
        plans = {
            plan: [each.content | {"not_undone": not each.undone} for each in told]
            for plan, told in snapshot.plan_events().items()
        }
        said = {"records": records, "trouble": trouble_of(snapshot)} | ({"plans": plans} if plans else {})
        return {
            "records.json": _pretty(said),
            "answers.json": _pretty(answers_of(snapshot)),
        }


def _record(snapshot: Any, ref: str) -> dict[str, Any]:
    stands = snapshot.standing(ref)
    in_force = snapshot.in_force(ref)
    return {
        "job": snapshot.job(ref),
        "ratings": {str(image): stars for image, stars in stands.ratings.items()},
        "selections": {str(image): picked for image, picked in stands.selections.items()},
        "tags": sorted(stands.tags),
        "withdrawn": stands.withdrawn,
        "events": [
            content | {"not_undone": kept, "in_force": content["event_id"] in in_force}
            for content, kept in snapshot.events(ref)
        ],
    }


def _pretty(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1).encode("utf-8") + b"\n"


def main() -> None:
    """Write what is expected of every golden log anew and say what changed."""
    sys.path[:0] = [str(FOLDER.parent), str(FOLDER.parents[1])]
    for name in golden_libraries():
        with tempfile.TemporaryDirectory() as cache:
            for file, content in replay(name, Path(cache)).items():
                path = FOLDER / name / file
                before = path.read_bytes() if path.exists() else b""
                path.write_bytes(content)
                print(f"{'same   ' if before == content else 'CHANGED'} {path.relative_to(FOLDER)}")


if __name__ == "__main__":
    main()
