import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.text.prompt import lora_uses, topics

MEGABYTE = 1_000_000
TENTH = MEGABYTE // 10
HOSTILE = [
    "(", "<lora:", " ", "[", "{a|", "__a", "_", "\\", ":", ": ", ":1", "1", "1.", "1::", "1$$", "AND ",
    "BREAK", "<a", "<lora:a:te=", "\\(", "[a:", "a,", "1-",
]  # fmt: skip


def test_every_spelling_of_a_lora_tag_is_read() -> None:
    prompt = (
        "harbour <lora:detail-xl:0.3> <lora:soft light v1.2:0.30000000000000004> "
        "<lora:waves_2:0.8:0.5> <lora:palms:te=0.6:unet=0.9> <lora:plain> <lyco:sand_texture:-0.4> "
        "<hypernet:paint:0.5> <lora:last:.5>"
    )
    uses = [(use.name, use.weight, use.text_encoder_weight, use.kind) for use in lora_uses(prompt)]
    assert uses == [
        ("detail-xl", 0.3, None, "lora"),
        ("soft light v1.2", 0.3, None, "lora"),
        ("waves_2", 0.5, 0.8, "lora"),
        ("palms", 0.9, 0.6, "lora"),
        ("plain", 1.0, None, "lora"),
        ("sand_texture", -0.4, None, "lycoris"),
        ("last", 0.5, None, "lora"),
    ]


@pytest.mark.parametrize(
    ("tag", "weight", "text_encoder"),
    [
        ("<lora:a:0>", 0.0, None),
        ("<lora:a:0:1>", 1.0, 0.0),
        ("<lora:a:te=0.5>", 0.5, None),
        ("<lora:a:unet=0.5>", 0.5, 1.0),
        ("<lora:a:0.7:lbw=OUTALL:stop=10>", 0.7, None),
        ("<lora:a:0.7:OUTALL>", 0.7, None),
        ("<lora:a:high>", None, None),
        ("<lora:a:nan>", None, None),
        ("<lora:a:1e999>", None, None),
        ("<LORA:a:0.7>", 0.7, None),
    ],
)
def test_weights_mean_what_the_programs_make_of_them(
    tag: str, weight: float | None, text_encoder: float | None
) -> None:
    (use,) = lora_uses(f"beach {tag}")
    assert (use.weight, use.text_encoder_weight) == (weight, text_encoder)


def test_a_tag_without_name_or_end_applies_nothing() -> None:
    assert lora_uses("<lora::0.5> <lora:> <lora:open:0.5") == []
    assert [use.name for use in lora_uses("<lora:broken <lora:whole:0.5>")] == ["whole"]


def test_topics_are_the_words_without_the_steering_syntax() -> None:
    prompt = (
        "(golden hour:1.3), ((beach)), [crowd], sand castle \\(small\\), [dawn:dusk:0.4], [red|blue] kite "
        "BREAK\nwide angle, (sea foam:0.85), colon: inside\nAND distant hills :1.2 <lora:waves:0.8>"
    )
    assert topics(prompt) == [
        "golden hour", "beach", "crowd", "sand castle (small)", "dawn", "dusk", "red", "blue kite",
        "wide angle", "sea foam", "colon: inside", "distant hills",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("", []),
        (" , ,\n,", []),
        ("pier, Pier , PIER", ["pier"]),
        ("__colours/warm__ sea", ["sea"]),
        ("{2$$red|blue|0.5::green} boat", ["red", "blue", "green boat"]),
        ("[fog::0.5], [:mist:3]", ["fog", "mist"]),
        ("(a, b:1.4)", ["a", "b"]),
        ("16:9 format, snake_case_tag", ["16:9 format", "snake_case_tag"]),
        ("tide :1.1 AND pool:0.7", ["tide", "pool"]),
        ("tide :1.1", ["tide :1.1"]),
        ("LANDSCAPE, BRAND", ["LANDSCAPE", "BRAND"]),
        ("<lora:a:1> <hypernet:b:0.2>", []),
        ("((unclosed, ]stray", ["unclosed", "stray"]),
        ("海辺，夕焼け、波", ["海辺", "夕焼け", "波"]),
        ("tide <3", ["tide <3"]),
    ],
)
def test_topics_of(prompt: str, expected: list[str]) -> None:
    assert topics(prompt) == expected


@given(st.text(alphabet=st.sampled_from("ab 1.:,()[]{}|<>_\\\nANDlor$-=")) | st.text())
def test_any_text_gives_topics_each_once_and_loras_with_names(prompt: str) -> None:
    found = topics(prompt)
    assert all(tag and tag == tag.strip() for tag in found)
    assert len({tag.casefold() for tag in found}) == len(found)
    assert all(use.name.strip() for use in lora_uses(prompt))


@given(st.lists(st.from_regex(r"[a-z]{1,8}( [a-z]{1,8})?", fullmatch=True), unique=True))
def test_plain_tags_come_back_as_they_are(tags: list[str]) -> None:
    assert topics(", ".join(tags)) == tags
    assert topics("\n".join(f"(({tag}:1.2))" for tag in tags)) == tags


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_long_run_of_one_hostile_piece_is_read(piece: str) -> None:
    # A parser that looks back for every piece would need minutes for this, not a moment.
    prompt = piece * (TENTH * 2 // len(piece))
    assert isinstance(topics(prompt), list)
    assert isinstance(lora_uses(prompt), list)


@pytest.mark.parametrize("piece", ["(", "<lora:", " ", "["])
@pytest.mark.parametrize("length", [TENTH, pytest.param(MEGABYTE, marks=pytest.mark.slow)])
def test_a_long_run_of_one_hostile_piece_means_nothing(length: int, piece: str) -> None:
    prompt = piece * (length // len(piece))
    assert topics(prompt) in ([], [prompt])
    assert lora_uses(prompt) == []
