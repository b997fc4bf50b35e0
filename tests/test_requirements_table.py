"""The README's table of what the MCP server promises names tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \|$", README, re.MULTILINE)


def test_every_requirement_is_named_once() -> None:
    assert [int(number) for number, _, _ in ROWS] == list(range(1, 26))


def test_every_test_in_the_table_exists() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    for number, _, tests in ROWS:
        named = re.findall(r"`(test_\w+)`", tests)
        assert named, number
        for name in named:
            assert re.search(rf"^(?:async )?def {name}\(", sources, re.MULTILINE), name
