"""The judged images of values, counted for several parameters at once as for each alone."""

from pathlib import Path

import numpy as np
from library_factory import make_job, make_library, rating
from numpy.testing import assert_array_equal

from learning_core.answers.answer import By
from learning_core.answers.breakdown import Breakdown
from learning_core.answers.evidence import Evidence
from learning_core.answers.level_images import images_inside, whole_images

PARAMETERS: tuple[By, ...] = ("steps", "cfg_scale", "sampler")


def test_those_of_some_rows_are_the_same_for_several_parameters_as_for_each_alone(tmp_path: Path) -> None:
    """There are fewer than 256 values of each parameter, and more of all together."""
    jobs = [make_job(number, steps=1 + number % 200, cfg_scale=1.0 + number % 100) for number in range(400)]
    events = [event for number, job in enumerate(jobs) for event in (job, rating(job, 1 + number % 5))]
    with make_library(tmp_path, events).snapshot() as snapshot:
        evidence = Evidence(snapshot, np.arange(snapshot.jobs), PARAMETERS)
        breakdown = Breakdown(snapshot, evidence)
        levels = [found for by in PARAMETERS if (found := breakdown.levels(by)) is not None]
        numbers = [np.arange(len(each.names)) for each in levels]
        inside = evidence.clusters % 3 > 0
        together = images_inside(evidence, levels, numbers, inside)
        for each, number, found in zip(levels, numbers, together, strict=True):
            (alone,) = images_inside(evidence, [each], [number], inside)
            kept = each.rows[inside[each.rows]], each.group[inside[each.rows]]
            assert_array_equal(found.level, np.unique(kept[1]))
            assert_array_equal(found.n, np.bincount(kept[1], evidence.images[kept[0]])[found.level])
            for name in ("level", "n", "s", "q", "stars"):
                assert_array_equal(getattr(found, name), getattr(alone, name))
            (every,) = images_inside(evidence, [each], [number], np.ones(len(inside), bool))
            whole = whole_images(evidence, each, number)
            for name in ("level", "n", "s", "q", "stars"):
                assert_array_equal(getattr(every, name), getattr(whole, name))
