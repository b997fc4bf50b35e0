"""The records shown behind a setting are its best: by stars, then by selection, then the newest."""

from pathlib import Path

import pytest
from library_factory import START, make_job, make_library, rating, reference, selection
from questions import about, ask

from learning_core.model.job import JobRecord
from learning_core.model.judgement import AnyJudgement

PICKS = ("selected", "", "rejected", "")


def stars_of(number: int, most: int) -> int:
    """Stars of which many are equal; many have `most` with one sampler, two with another, and none with the third."""
    return most if number % 21 == 0 or number in (1, 4) else 1 + number // 5 % 3


@pytest.mark.parametrize("most", [4, 5])
def test_they_are_the_first_of_all_in_that_order(tmp_path: Path, most: int) -> None:
    events: list[JobRecord | AnyJudgement] = []
    places: dict[str, list[tuple[int, int, float, str]]] = {}
    for number in range(300):
        # Many are made at the same time: then the reference decides.
        job = make_job(number, prompt_positive="beach", timestamp_end=START + number // 40)
        stars, pick = stars_of(number, most), PICKS[number // 9 % 4]
        events += [job, rating(job, stars), *([selection(job, pick)] if pick else [])]
        picked = {"selected": 1, "rejected": -1}.get(pick, 0)
        places.setdefault(str(job.sampler), []).append((-stars, -picked, -(number // 40), reference(job)))
    found = about(ask(make_library(tmp_path, events), by=["sampler"]), "sampler")
    assert len(found.ranked) == 3
    for each in found.ranked:
        assert each.evidence == [ref for *_, ref in sorted(places[each.setting])[:3]]
