"""Judgements from lines of uncertain quality."""

from typing import Any

import pytest

from learning_core.errors import Unreadable
from learning_core.model.judgement import Rating
from learning_core.model.judgement_fields import judgement_of

RATING: dict[str, Any] = {"kind": "rating", "event_id": "e", "job_id": "j", "value": 4}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recorded_at", 1e300),
        ("recorded_at", -1.0),
        ("recorded_at", "yesterday"),
        ("subscores", {"hands": 2**70}),
        ("rating_schema_version", 2**70),
        ("derived_value", "much"),
        ("source", 5),
        ("origin", []),
    ],
)
def test_what_only_accompanies_a_rating_becomes_unknown_and_the_stars_stay(field: str, value: object) -> None:
    judgement, remarks = judgement_of({**RATING, field: value})
    assert isinstance(judgement, Rating) and judgement.value == 4
    assert getattr(judgement, field) is None
    assert remarks == (f"{field}: value not usable, treated as unknown",)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"value": 2**70}, "value"),
        ({"value": 6}, "value"),
        ({"value": 4.5}, "value"),
        ({"image_index": 2**70}, "image_index"),
        ({"image_index": -1}, "image_index"),
        ({"event_id": ""}, "event_id"),
        ({"job_id": 5}, "job_id"),
        ({"kind": ["rating"]}, "kind"),
        ({"kind": "praise"}, "kind"),
        ({"schema_version": 2}, "schema_version"),
        ({"score_source": "dice"}, "score_source"),
    ],
)
def test_without_what_it_says_there_is_no_judgement_and_the_field_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Unreadable) as refused:
        judgement_of({**RATING, **change, "recorded_at": 1e300})
    assert refused.value.field == field
