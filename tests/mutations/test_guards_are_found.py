"""The table of guards names what is there: `python -m tests.mutations` then shows that each removal is noticed."""

from pathlib import Path

import pytest
from guards import GUARDS, Guard
from matching_guards import MATCHING_GUARDS
from plan_guards import PLAN_GUARDS
from server_guards import SERVER_GUARDS

EVERY = (*GUARDS, *MATCHING_GUARDS, *PLAN_GUARDS, *SERVER_GUARDS)
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("guard", EVERY, ids=lambda guard: guard.name)
def test_a_guard_stands_where_the_table_says(guard: Guard) -> None:
    assert (ROOT / guard.file).read_text(encoding="utf-8").count(guard.text) == 1
    assert guard.text != guard.replacement
    assert all((ROOT / test.partition("::")[0]).is_file() for test in guard.tests)


def test_no_two_guards_have_one_name() -> None:
    assert len({guard.name for guard in EVERY}) == len(EVERY) >= 150
