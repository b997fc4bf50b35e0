import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from learning_core.index.features import content_hash, prompt_terms, values_of
from learning_core.text.keywords import words
from learning_core.text.prompt import topics


def known(**job: object) -> dict[str, str]:
    return {field: value.display for field, value in values_of({"job_id": "a", **job}).items()}


@pytest.mark.parametrize(
    "job",
    [
        {"steps": 0}, {"steps": -1}, {"model": ""}, {"model": "Unknown"}, {"sampler": ""}, {"scheduler": ""},
        {"width": 0, "height": 512}, {"width": -1, "height": -1}, {"vae": "None"}, {"stage": ""},
    ],
)  # fmt: skip
def test_what_producers_write_for_unknown_is_no_value(job: dict[str, object]) -> None:
    assert known(**job) == {}


def test_real_zeros_and_ones_stay() -> None:
    assert known(cfg_scale=0.0, denoising_strength=0.0) == {"cfg_scale": "0", "denoising_strength": "0"}
    assert known(cfg_scale=1.0) == {"cfg_scale": "1"}


def test_a_hash_stands_for_a_checkpoint_without_a_name() -> None:
    assert known(checkpoint_hash="7DD74468")["checkpoint"] == "[7DD74468]"
    assert known(model="coast.ckpt", checkpoint_hash="7dd74468")["checkpoint"] == "coast"


def test_loras_of_the_prompt_count_when_no_list_is_given() -> None:
    assert known(prompt_positive="beach <lora:film:0.30000000000000004>")["lora_set"] == '[["film",0.3]]'
    assert known(prompt_positive="beach")["lora_set"] == "[]"
    assert known(prompt_positive="beach <lora:film:1>", loras=[])["lora_set"] == "[]"
    assert "lora_set" not in known()


def test_syntax_does_not_make_another_prompt_and_tags_stay_apart() -> None:
    plain = prompt_terms("golden hour, beach")
    assert plain == "golden hour , beach"
    assert prompt_terms("(Golden  hour:1.3), ((beaches)) <lora:film:0.7>") == plain
    assert prompt_terms("golden, hour beach") != plain
    assert prompt_terms("<lora:film:0.7>") == prompt_terms(", ,") == ""


def test_only_what_was_generated_makes_another_job() -> None:
    one = {"job_id": "a", "steps": 20, "output_paths": ["x.png"], "timestamp_end": 1.0}
    assert content_hash(one) == content_hash({**one, "output_paths": ["y.png"], "timestamp_end": 2.0})
    assert content_hash(one) != content_hash({**one, "steps": 21})
    assert content_hash({"job_id": "a", "seed": 2**80}) == content_hash({"job_id": "a", "seed": 2**80})


PARTS = st.sampled_from(
    [
        ",", ", ", " ", "<lora:film:0.7>", "<lyco:a>", "<", ">", "_", "__", "__wild__", "(", ")", "[", "]", "{", "}",
        "|", ":", "::", "1.2", ":1.2", "2$$", "AND", " AND ", "BREAK", "\\", "\\(", "beach", "Beaches", "golden  hour",
        "sand", "ANDROID", "、", "\n", "\t", "é", "海",
    ]
)  # fmt: skip


def terms_by_the_grammar(prompt: str) -> str:
    """Return the words of a prompt, every tag read by the whole grammar, of equal tags the first."""
    tags: dict[str, str] = {}
    for tag in topics(re.sub(r"(?<!\\)<\w+:[^<>]*>", " ", prompt)):
        tags.setdefault(" ".join(tag.split()).casefold(), " ".join(words(tag)))
    return " , ".join(filter(None, tags.values()))


@example("_ANDROID,\tgolden  hour ,Golden hour")
@example("(a:1.2<lora:film:1>)")
@example("(a:1.2<lora:film:1>), \\(b\\)")
@example("\\<lora:film:1>, beach")
@example("sand AND beach, __wild__ sand")
@settings(max_examples=120, deadline=None)
@given(st.lists(PARTS, max_size=9).map("".join))
def test_plain_prompts_read_without_the_grammar_give_the_same_words(prompt: str) -> None:
    assert prompt_terms(prompt) == terms_by_the_grammar(prompt)
