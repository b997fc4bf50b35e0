import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.errors import Unreadable
from learning_core.index.counted import Counted, content_of, read
from learning_core.log.seal import encode, seal

TEXT = st.text(max_size=12)
NUMBER = st.floats(allow_nan=False, allow_infinity=False, width=32)
JOBS = st.fixed_dictionaries(
    {"kind": st.just("job"), "job_id": st.text(min_size=1, max_size=12)},
    optional={
        "timestamp_end": st.floats(0, 2e9),
        "prompt_positive": TEXT,
        "model": TEXT,
        "sampler": TEXT,
        "steps": st.integers(-1, 200),
        "cfg_scale": st.one_of(st.integers(0, 30), NUMBER),
        "seed": st.one_of(st.integers(-1, 2**32), st.integers(2**63, 2**65), st.just(10**30)),
        "hires_enabled": st.booleans(),
        "loras": st.lists(st.fixed_dictionaries({"name": TEXT, "weight": NUMBER}), max_size=2),
        "experiment": st.fixed_dictionaries({"experiment_id": TEXT, "focus_parameter": TEXT}),
        "user_rating": st.integers(1, 5),
        "notes": TEXT,
        "something_else": st.lists(st.integers(0, 9), max_size=3),
    },
)
ABOUT = {"event_id": st.text(min_size=1, max_size=9), "job_id": st.text(min_size=1, max_size=9)}
EVENTS = st.one_of(
    st.fixed_dictionaries({"kind": st.just("rating"), "value": st.integers(1, 5), **ABOUT}),
    st.fixed_dictionaries({"kind": st.just("rating"), "value": st.just(3), "score_source": st.just("soft"), **ABOUT}),
    st.fixed_dictionaries(
        {"kind": st.just("selection"), "verdict": st.sampled_from(["selected", "rejected"]), **ABOUT}
    ),
    st.fixed_dictionaries({"kind": st.just("tags"), "tags": st.lists(st.text(min_size=1, max_size=5)), **ABOUT}),
    st.fixed_dictionaries({"kind": st.just("undo"), "undone_event_id": st.text(min_size=1, max_size=9), **ABOUT}),
    st.fixed_dictionaries({"kind": st.just("withdrawal"), "withdrawn": st.booleans(), **ABOUT}),
    st.fixed_dictionaries(
        {"kind": st.just("rating"), "value": st.just(2), "image_index": st.integers(0, 2**40), **ABOUT},
        optional={"recorded_at": st.floats(0, 2e9)},
    ),
)


def said(fields: Counted | None) -> dict[str, object]:
    assert fields is not None
    nested = ("loras", "experiment")
    plain = {name: getattr(fields, name) for name in fields.__struct_fields__ if name not in nested}
    return plain | {name: content_of(getattr(fields, name)) for name in nested}


@given(st.one_of(JOBS, EVENTS))
def test_a_sealed_line_and_the_same_line_validated_give_the_same_fields(content: dict[str, object]) -> None:
    sealed, remarks, _ = read(seal(content)[:-1])
    validated, more, _ = read(encode(content)[:-1])
    fast, slow = said(sealed), said(validated)
    for fields in (fast, slow):
        fields["loras"] = [(use["name"], use["weight"]) for use in fields["loras"] or []]  # type: ignore[attr-defined]
        experiment = fields["experiment"]
        fields["experiment"] = experiment and (experiment["experiment_id"], experiment["focus_parameter"])  # type: ignore[index]
    assert fast == slow
    assert (remarks, more) == ((), ())


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "rating", "event_id": "e", "job_id": "j"},
        {"kind": "rating", "event_id": "e", "job_id": "j", "value": 9},
        {"kind": "selection", "event_id": "e", "job_id": "j"},
        {"kind": "selection", "event_id": "e", "job_id": "j", "verdict": "perhaps"},
        {"kind": "undo", "event_id": "e", "job_id": "j"},
        {"kind": "withdrawal", "event_id": "e", "job_id": "j"},
        {"kind": "curation", "event_id": "e", "job_id": "j"},
        {"kind": "job", "job_id": "j", "steps": "twenty"},
        {"kind": "job", "job_id": "j", "user_rating": 6},
        {"kind": "job", "job_id": 7},
        {"kind": ["job"], "job_id": "j"},
        {"kind": "tags", "event_id": "e", "job_id": "j", "tags": [1]},
    ],
)
def test_what_a_true_checksum_covers_is_still_checked(content: dict[str, object]) -> None:
    with pytest.raises(Unreadable, match="checksum"):
        read(seal(content)[:-1])


def test_a_newer_schema_is_named() -> None:
    with pytest.raises(Unreadable, match="newer whatworks"):
        read(seal({"kind": "job", "job_id": "j", "schema_version": 2})[:-1])


def test_a_blank_line_says_nothing_and_a_seed_beyond_64_bits_stays_exact() -> None:
    assert read(b" \r")[:2] == (None, ())
    fields, *_ = read(orjson.dumps({"job_id": "j"})[:-1] + b',"seed":%d}' % 10**40)
    assert fields is not None
    assert fields.seed == 10**40


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "rating", "event_id": "e", "job_id": "j", "value": 3, "image_index": 2**64},
        {"kind": "rating", "event_id": "e", "job_id": "", "value": 3},
        {"kind": "job", "job_id": "j", "total_runtime_sec": 1e300},
        {"kind": "job", "job_id": "j" * 513},
        {"kind": "job", "job_id": "j", "prompt_positive": "a, " * 50_000},
    ],
)
def test_what_no_column_can_hold_costs_its_line_under_a_true_checksum_too(content: dict[str, object]) -> None:
    with pytest.raises(Unreadable, match="checksum"):
        read(seal(content)[:-1])


def test_a_line_whose_bytes_changed_is_refused_although_it_could_be_read() -> None:
    with pytest.raises(Unreadable, match="the checksum does not fit"):
        read(seal({"kind": "job", "job_id": "j", "steps": 20})[:-1].replace(b"20", b"30"))
