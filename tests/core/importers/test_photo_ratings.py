import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.importers.carriers import ImageFile
from learning_core.importers.photo_ratings import PhotoMarks, ratings_in_metadata, read_xmp
from learning_core.limits import TAG_CHARACTERS, XMP_BYTES
from learning_core.model.judgement import Rating, Selection, Tagging

NAMES = (
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:digiKam="http://www.digikam.org/ns/1.0/"'
)


def packet(attributes: str = "", elements: str = "") -> str:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f"<rdf:RDF {NAMES}><rdf:Description {attributes}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="w"?>'
    )


def image(**texts: str) -> ImageFile:
    named = {name.replace("exif_", "exif:"): text for name, text in texts.items()}
    return ImageFile(path="a.jpg", format="jpeg", width=1, height=1, image_hash="0" * 64, texts=named)


@pytest.mark.parametrize(
    ("written", "rating"),
    [("4", 4), ("1", 1), ("5", 5), ("5.0", 5), ("-1", -1), ("0", None), ("6", None), ("3.5", None),
     ("", None), ("x", None)],
)  # fmt: skip
def test_a_rating_is_read_as_attribute_and_as_element(written: str, rating: int | None) -> None:
    assert read_xmp(packet(f'xmp:Rating="{written}"')).rating == rating
    assert read_xmp(packet(elements=f"<xmp:Rating> {written}\n</xmp:Rating>")).rating == rating


def test_tags_of_both_lists_are_read_once_each() -> None:
    found = read_xmp(
        packet(
            elements="<dc:subject><rdf:Bag><rdf:li>beach</rdf:li><rdf:li> soft \n light </rdf:li>"
            "<rdf:li/></rdf:Bag></dc:subject><digiKam:TagsList><rdf:Seq><rdf:li>beach</rdf:li><rdf:li>Places/Bay</rdf:li>"
            f"<rdf:li>{'x' * (TAG_CHARACTERS + 1)}</rdf:li></rdf:Seq></digiKam:TagsList>"
        )
    )
    assert found == PhotoMarks(tags=("beach", "soft light", "Places/Bay"))


def test_a_document_type_or_entities_are_never_parsed() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + packet('xmp:Rating="4"')
    assert read_xmp(bomb) == PhotoMarks()


def test_a_packet_over_the_limit_or_damaged_says_nothing() -> None:
    assert read_xmp(packet('xmp:Rating="4"') + " " * XMP_BYTES) == PhotoMarks()
    assert read_xmp(packet('xmp:Rating="4"')[:-40]) == PhotoMarks()
    assert read_xmp("<a>" * 100_000) == PhotoMarks()


def test_stars_become_a_rating_by_a_person_with_a_stable_id() -> None:
    (rating,) = ratings_in_metadata(image(xmp=packet('xmp:Rating="3"')), "job-1")
    assert isinstance(rating, Rating)
    assert (rating.value, rating.source, rating.job_id, rating.score_source) == (3, "xmp", "job-1", "human")
    assert ratings_in_metadata(image(xmp=packet('xmp:Rating="3"')), "job-1") == (rating,)
    (other,) = ratings_in_metadata(image(xmp=packet('xmp:Rating="3"')), "job-2")
    assert other.event_id != rating.event_id


def test_minus_one_is_a_rejection_and_not_one_star() -> None:
    (event,) = ratings_in_metadata(image(xmp=packet('xmp:Rating="-1"')), "job-1")
    assert isinstance(event, Selection)
    assert (event.verdict, event.source) == ("rejected", "xmp")


@pytest.mark.parametrize(
    ("stars", "percent", "value"),
    [
        ("4", "", 4),
        ("", "75", 4),
        ("", "1", 1),
        ("", "99", 5),
        ("0", "99", None),
        ("0", "", None),
        ("", "40", None),
    ],
)
def test_exif_stars_count_where_xmp_has_none(stars: str, percent: str, value: int | None) -> None:
    texts = {"exif_0x4746": stars, "exif_0x4749": percent}
    found = ratings_in_metadata(image(**{name: text for name, text in texts.items() if text}), "job-1")
    assert [(event.value, event.source) for event in found if isinstance(event, Rating)] == (
        [(value, "exif")] if value else []
    )


def test_xmp_goes_before_exif_and_keeps_its_tags() -> None:
    tags = "<dc:subject><rdf:Bag><rdf:li>bay</rdf:li></rdf:Bag></dc:subject>"
    both = ratings_in_metadata(image(xmp=packet('xmp:Rating="2"', tags), exif_0x4746="5"), "job-1")
    assert [event.value for event in both if isinstance(event, Rating)] == [2]
    assert [event.tags for event in both if isinstance(event, Tagging)] == [["bay"]]
    unrated = ratings_in_metadata(image(xmp=packet('xmp:Rating="0"', tags), exif_0x4746="5"), "job-1")
    assert [event.value for event in unrated if isinstance(event, Rating)] == [5]
    assert [event.tags for event in unrated if isinstance(event, Tagging)] == [["bay"]]


def test_an_image_without_marks_says_nothing() -> None:
    assert ratings_in_metadata(image(), "job-1") == ()


@given(st.text() | st.text().map(lambda text: packet(elements=text)))
def test_any_packet_is_read_or_says_nothing(text: str) -> None:
    assert isinstance(read_xmp(text), PhotoMarks)
