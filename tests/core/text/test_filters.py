import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.errors import BadFilter, QuestionError, UnknownField
from learning_core.text.filters import MAXIMUM_CHARACTERS, canonical, parse


@pytest.mark.parametrize(
    ("where", "understood"),
    [
        (
            'checkpoint:realvis sampler:"DPM++ 2M" steps:25..35',
            'checkpoint:realvis sampler:"DPM++ 2M" steps:25..35',
        ),
        (
            "model:a cfg:7 denoise:<0.5 stars:>=4",
            "checkpoint:a cfg_scale:7 denoising_strength:<0.5 rating:>=4",
        ),
        ("-tag:hands beach", "-tag:hands beach"),
        ("steps:20,30..40", "steps:20,30..40"),
        ('"golden hour" -fog', '"golden hour" -fog'),
        ("after:2026-10-01 before:2026-11-01", "after:2026-10-01 before:2026-11-01"),
        ("size:832×1216", "size:832x1216"),
        ('lora:film,"soft light"', 'lora:film,"soft light"'),
        ("seed:18446744073709551615", "seed:18446744073709551615"),
        ("  ", ""),
    ],
)
def test_a_filter_comes_back_as_it_was_understood(where: str, understood: str) -> None:
    assert canonical(parse(where)) == understood
    assert canonical(parse(understood)) == understood


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ("smapler:euler", "no field 'smapler'. Did you mean sampler"),
        ("steps:many", "steps:many at character 1 is not a number"),
        ("beach steps:30..20", "character 7: the range is reversed"),
        ('tag:"open', "quote is opened"),
        ("after:yesterday", "is not a day"),
        ("selection:maybe", "selected, rejected or none"),
        ("size:big", "832x1216"),
        ("tag:", "empty|quote|colon"),
        ("http://x", "There is no field|colon"),
        ("x" * 501, f"at most {MAXIMUM_CHARACTERS}"),
        ("a " * 30, "at most 24"),
        ("beach rating>=4", "character 7: a colon belongs after the field"),
        ("steps=20", "a colon belongs after the field"),
        ("steps:nan", "not a number"),
    ],
)
def test_an_error_names_the_token_and_what_to_write(where: str, sentence: str) -> None:
    with pytest.raises(QuestionError, match=sentence):
        parse(where)


def test_an_unknown_field_is_its_own_error() -> None:
    with pytest.raises(UnknownField):
        parse("colour:blue")


@given(st.text(max_size=200))
def test_any_text_is_a_filter_or_a_sentence(where: str) -> None:
    try:
        terms = parse(where)
    except (BadFilter, UnknownField) as error:
        assert str(error)
    else:
        assert canonical(parse(canonical(terms))) == canonical(terms)
