"""Cosines are the same bytes on every machine, with any number of threads, in any order and batch."""

import hashlib
import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from invented_table import vectors

from learning_core.matching.distilling import principal, weighted
from learning_core.matching.quantised import cosines, quantised, square_sums
from learning_core.matching.static_table import read_table, write_table

PROGRAM = """
import hashlib, sys
import numpy as np
from learning_core.matching.quantised import cosines, square_sums
made = np.random.default_rng(7).integers(-127, 128, (9000, 384), np.int8)
print(hashlib.sha256(cosines(made, square_sums(made), made[4711]).tobytes()).hexdigest())
"""


def test_a_cosine_is_that_of_whole_numbers_to_the_last_digit() -> None:
    made = np.random.default_rng(3).integers(-127, 128, (50, 384), np.int8)
    made[7] = 0
    found = cosines(made, square_sums(made), made[0])
    rows = made.astype(int).tolist()
    for row, value in zip(rows, found.tolist(), strict=True):
        product = sum(a * b for a, b in zip(row, rows[0], strict=True))
        lengths = sum(a * a for a in row) * sum(a * a for a in rows[0])
        assert value == (round(product / math.sqrt(lengths), 4) if lengths else 0.0)


def test_the_largest_components_stay_exact_in_float32() -> None:
    made = np.full((2, 1040), 127, np.int8)
    made[1] = -127
    assert cosines(made, square_sums(made), made[0]).tolist() == [1.0, -1.0]


def test_vectors_of_zeros_stay_zero_and_others_fill_the_range() -> None:
    found = quantised(np.array([[0.0, 0.0], [0.5, -1.0], [3.0, 1.5]]))
    assert found.tolist() == [[0, 0], [64, -127], [127, 64]]


@pytest.mark.parametrize(
    "settings", [{"OPENBLAS_CORETYPE": "Prescott"}, {"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_NUM_THREADS": "2"}]
)
def test_other_kernels_and_threads_give_the_same_bytes(settings: dict[str, str]) -> None:
    made = np.random.default_rng(7).integers(-127, 128, (9000, 384), np.int8)
    here = hashlib.sha256(cosines(made, square_sums(made), made[4711]).tobytes()).hexdigest()
    root = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root), **settings}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == here


def test_terms_have_one_vector_in_twenty_runs_with_any_batch_threads_and_order(tmp_path: Path) -> None:
    words, rows = vectors()
    write_table(tmp_path, words, rows, model_sha256="0" * 64, model="invented")
    table = read_table(tmp_path)
    assert table is not None
    terms = [f"{one} {other}" for one in words for other in words]
    expected = dict(zip(terms, map(bytes, table.vectors(terms)), strict=True))
    for run in range(20):
        mixed = [terms[(7919 * place + run) % len(terms)] for place in range(len(terms))]
        with ThreadPoolExecutor(1 + run % 3) as pool:
            parts = [mixed[start : start + 200] for start in range(0, len(mixed), 200)]
            found = list(pool.map(partial(table.vectors, batch=1 + 37 * (run % 5)), parts))
        for part, made in zip(parts, found, strict=True):
            assert [bytes(each) for each in made] == [expected[term] for term in part]


def test_a_table_is_written_as_the_same_bytes(tmp_path: Path) -> None:
    words, rows = vectors()
    for name in ("one", "two"):
        write_table(tmp_path / name, words, rows, model_sha256="0" * 64, model="invented")
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two


def test_principal_axes_keep_the_largest_spread_and_fix_their_signs() -> None:
    made = np.random.default_rng(5).normal(size=(400, 6)) * [9, 1, 5, 0.1, 3, 0.2]
    found = principal(made, 3)
    assert found.shape == (400, 3)
    np.testing.assert_allclose(found, principal(made + 100.0, 3), atol=1e-9)
    np.testing.assert_allclose(np.abs(np.corrcoef(found[:, 0], made[:, 0])[0, 1]), 1.0, atol=1e-2)
    assert np.corrcoef(found[:, 0], made[:, 0])[0, 1] > 0


def test_frequent_pieces_become_small() -> None:
    found = weighted(np.ones((1000, 1)))[:, 0]
    assert (np.diff(found) > 0).all()
    share = 1 / 2 / sum(1 / (number + 2) for number in range(1000))
    assert found[0] == pytest.approx(1e-4 / (1e-4 + share))
