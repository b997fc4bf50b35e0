"""Real image files, made here, in every container and with every kind of damage."""

import os
import struct
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, features
from PIL.PngImagePlugin import PngInfo

from learning_core.errors import OverLimit, Unreadable
from learning_core.importers.carriers import HEAD_BYTES, ImageFile, format_of, read_image, read_text_file
from learning_core.limits import IMAGE_PARTS, TEXT_CHUNK_BYTES, TEXT_CHUNKS

XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
FORMATS = ["png", "jpeg", "webp", "gif", "avif"]
NEEDS_AVIF = pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")


def picture(colour: str = "navy") -> Image.Image:
    image = Image.new("RGB", (48, 32), colour)
    image.paste("gold", (5, 5, 20, 20))
    return image


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(path: Path, *chunks: bytes, end: bool = True) -> Path:
    picture().save(path)
    head, tail = path.read_bytes()[:33], path.read_bytes()[33:]
    path.write_bytes(head + b"".join(chunks) + (tail if end else tail[:-12]))
    return path


def exif_of(entries: dict[int, object], comment: bytes | None = None) -> Image.Exif:
    exif = Image.Exif()
    for tag, value in entries.items():
        exif[tag] = value
    if comment is not None:
        exif.get_ifd(0x8769)[0x9286] = comment
    return exif


def save(path: Path, kind: str, **options: object) -> Path:
    if kind == "avif" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    picture().save(path, kind.upper(), **options)
    return path


@pytest.mark.parametrize("kind", FORMATS)
def test_an_image_without_texts_is_known_by_content_size_and_hash(tmp_path: Path, kind: str) -> None:
    path = save(tmp_path / "wrong.ending", kind)
    found = read_image(path)
    assert (found.format, found.width, found.height, found.texts) == (kind, 48, 32, {})
    assert len(found.image_hash) == 64
    assert found.modified == path.stat().st_mtime
    assert found.path == str(path)


def test_png_texts_of_all_three_kinds_are_read(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("parameters", "pier\nSteps: 20")
    info.add_text("prompt", '{"1": {}}', zip=True)
    info.add_itxt("stablenew:payload", "海辺", "en", "", zip=True)
    info.add_itxt("workflow", "café")
    info.add_itxt("XML:com.adobe.xmp", XMP)
    path = tmp_path / "a.png"
    picture().save(path, pnginfo=info)
    assert read_image(path).texts == {
        "parameters": "pier\nSteps: 20",
        "prompt": '{"1": {}}',
        "stablenew:payload": "海辺",
        "workflow": "café",
        "xmp": XMP,
    }


def test_png_texts_may_stand_after_the_picture_and_in_a_private_chunk_of_animations(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", end=False)
    path.write_bytes(path.read_bytes() + chunk(b"comf", b'prompt\0{"1": 2}') + chunk(b"IEND", b""))
    assert read_image(path).texts == {"prompt": '{"1": 2}'}


def test_png_texts_in_utf_8_and_latin_1_are_both_read(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", chunk(b"tEXt", "a\0夕焼け".encode()), chunk(b"tEXt", "b\0café".encode("latin-1")))
    assert read_image(path).texts == {"a": "夕焼け", "b": "café"}


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "avif"])
def test_exif_texts_and_ratings_are_read_from_every_container(tmp_path: Path, kind: str) -> None:
    exif = exif_of(
        {0x010E: "described", 0x0110: "prompt:{}", 0x010F: "workflow:{}", 0x010D: "extra:{}",
         0x0131: "Some Tool 2", 0x4746: 4, 0x4749: 75, 0x013B: "a private name"},
        b"ASCII\0\0\0pier",
    )  # fmt: skip
    assert read_image(save(tmp_path / "a", kind, exif=exif)).texts == {
        "ImageDescription": "described",
        "exif:0x0110": "prompt:{}",
        "exif:0x010F": "workflow:{}",
        "exif:0x010D": "extra:{}",
        "Software": "Some Tool 2",
        "exif:0x4746": "4",
        "exif:0x4749": "75",
        "UserComment": "pier",
    }


@pytest.mark.parametrize("kind", ["jpeg", "webp", "gif", "avif"])
def test_xmp_packets_are_read_from_every_container(tmp_path: Path, kind: str) -> None:
    packet = XMP.encode()
    if kind == "gif":
        trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
        save(tmp_path / "a", kind)
        data = (tmp_path / "a").read_bytes()
        path = tmp_path / "b"
        path.write_bytes(data[:-1] + b"\x21\xff\x0bXMP DataXMP" + packet + trailer + b";")
    else:
        path = save(tmp_path / "a", kind, xmp=packet)
    assert read_image(path).texts == {"xmp": XMP}


@pytest.mark.parametrize("kind", ["jpeg", "gif"])
def test_comments_are_read(tmp_path: Path, kind: str) -> None:
    path = save(tmp_path / "a", kind, comment="pier, " * 200 + "夕")
    assert read_image(path).texts == {"comment": "pier, " * 200 + "夕"}


def test_a_user_comment_in_the_main_folder_answers_and_one_in_its_place_goes_first(tmp_path: Path) -> None:
    alone = save(tmp_path / "a", "jpeg", exif=exif_of({0x9286: "SNMETA:abc", 0x927C: "fooocus"}))
    assert read_image(alone).texts == {"UserComment": "SNMETA:abc", "exif:0x927C": "fooocus"}
    both = save(tmp_path / "b", "jpeg", exif=exif_of({0x9286: "main"}, b"ASCII\0\0\0proper"))
    assert read_image(both).texts == {"UserComment": "proper", "exif:0x9286": "main"}


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_the_hash_is_of_the_picture_and_not_of_its_texts(tmp_path: Path, kind: str) -> None:
    plain = read_image(save(tmp_path / "a", kind))
    named = read_image(save(tmp_path / "b", kind, exif=exif_of({0x010E: "new words", 0x4746: 5})))
    other = tmp_path / "c"
    picture("teal").save(other, kind.upper())
    assert plain.image_hash == named.image_hash
    assert plain.texts != named.texts
    assert read_image(other).image_hash != plain.image_hash


def test_where_png_data_is_cut_into_chunks_does_not_change_the_hash(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png")
    data = path.read_bytes()
    start = data.index(b"IDAT") - 4
    (size,) = struct.unpack(">I", data[start : start + 4])
    inside = data[start + 8 : start + 8 + size]
    halves = chunk(b"IDAT", inside[:9]) + chunk(b"IDAT", inside[9:])
    cut = tmp_path / "b.png"
    cut.write_bytes(data[:start] + halves + data[start + 12 + size :])
    assert read_image(path).image_hash == read_image(cut).image_hash


@pytest.mark.parametrize("kind", FORMATS)
def test_a_half_written_file_is_unreadable_at_every_length(tmp_path: Path, kind: str) -> None:
    data = save(tmp_path / "whole", kind).read_bytes()
    path = tmp_path / "half"
    for length in range(0, len(data) - 2, max(1, len(data) // 60)):
        path.write_bytes(data[:length])
        with pytest.raises(Unreadable):
            read_image(path)


def test_a_half_written_png_says_so(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", chunk(b"tEXt", b"parameters\0" + b"pier " * 100))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(Unreadable, match="ends inside a chunk"):
        read_image(path)


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt"])
def test_a_compressed_bomb_is_refused_in_bounded_memory(tmp_path: Path, kind: bytes) -> None:
    bomb = zlib.compress(bytes(200 * 1024 * 1024))
    head = b"parameters\0\0" if kind == b"zTXt" else b"parameters\0\1\0\0\0"
    path = png(tmp_path / "a.png", chunk(kind, head + bomb))
    tracemalloc.start()
    with pytest.raises(OverLimit, match="unpacked"):
        read_image(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * TEXT_CHUNK_BYTES


def test_a_text_of_50_megabytes_is_passed_over_in_bounded_memory(tmp_path: Path) -> None:
    giant = chunk(b"tEXt", b"parameters\0" + b"x" * 50 * 1024 * 1024)
    path = png(tmp_path / "a.png", giant, chunk(b"tEXt", b"Software\0tool"))
    del giant
    tracemalloc.start()
    found = read_image(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 1024 * 1024
    assert found.texts == {"Software": "tool"}
    assert found.remarks == ("tEXt: 50 MB of text, skipped",)


def test_many_texts_are_refused_in_number_and_in_all(tmp_path: Path) -> None:
    small = [chunk(b"tEXt", b"k%d\0v" % place) for place in range(TEXT_CHUNKS + 1)]
    with pytest.raises(OverLimit, match="texts"):
        read_image(png(tmp_path / "a.png", *small))
    assert len(read_image(png(tmp_path / "b.png", *small[:-1])).texts) == TEXT_CHUNKS
    packed = zlib.compress(bytes(900 * 1024))
    large = [chunk(b"zTXt", b"k%d\0\0" % place + packed) for place in range(100)]
    with pytest.raises(OverLimit, match="MB of text"):
        read_image(png(tmp_path / "c.png", *large))


def test_a_file_cut_into_absurdly_many_chunks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OverLimit, match="parts"):
        read_image(png(tmp_path / "a.png", chunk(b"crud", b"") * (IMAGE_PARTS + 1)))


def test_damaged_texts_cost_only_themselves(tmp_path: Path) -> None:
    wrong_sum = chunk(b"tEXt", b"parameters\0pier")[:-4] + b"\0\0\0\0"
    broken = chunk(b"zTXt", b"prompt\0\0no zlib at all")
    cut = chunk(b"zTXt", b"prompt\0\0" + zlib.compress(b"a long text " * 50)[:-9])
    found = read_image(
        png(tmp_path / "a.png", wrong_sum, broken, cut, chunk(b"tEXt", b"nothing"), chunk(b"tEXt", b"ok\0yes"))
    )
    assert found.texts == {"ok": "yes"}
    assert len(found.remarks) == 4


def test_of_two_equal_keywords_the_last_one_counts_and_is_remarked(tmp_path: Path) -> None:
    found = read_image(png(tmp_path / "a.png", chunk(b"tEXt", b"a\0one"), chunk(b"tEXt", b"a\0two")))
    assert found.texts == {"a": "two"}
    assert found.remarks


def test_a_canvas_of_any_size_is_no_danger_as_no_pixel_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"x") + chunk(b"IEND", b""))
    assert (read_image(path).width, read_image(path).height) == (50_000, 50_000)


def test_exif_entries_that_share_their_bytes_cost_no_memory(tmp_path: Path) -> None:
    # 5,000 entries, each pointing at the same 60 KB: unpacked one by one they would be 300 MB.
    entries = b"".join(struct.pack("<HHII", 0x8000 + place % 0x700, 2, 60_000, 10) for place in range(5_000))
    tiff = b"II*\0" + struct.pack("<IH", 8, 5_000) + entries + b"y" * 100
    jpeg = save(tmp_path / "a", "jpeg").read_bytes()
    path = tmp_path / "b"
    path.write_bytes(jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(tiff) + 8) + b"Exif\0\0" + tiff + jpeg[2:])
    tracemalloc.start()
    assert read_image(path).texts == {}
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 1024 * 1024


@pytest.mark.parametrize(
    "data", [b"", b"MZ", b"<svg/>", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF0000WAVE", b"\xff\xd8\xff"]
)
def test_what_is_no_whole_image_is_unreadable(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(Unreadable):
        read_image(path)


def test_missing_files_folders_and_pipes_are_unreadable(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be read"):
        read_image(tmp_path / "absent.png")
    with pytest.raises(Unreadable, match="regular"):
        read_image(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
        with pytest.raises(Unreadable, match="regular"):
            read_image(tmp_path / "pipe.png")


@pytest.mark.parametrize("kind", FORMATS)
def test_the_format_is_told_from_the_first_bytes(tmp_path: Path, kind: str) -> None:
    assert format_of(save(tmp_path / "a", kind).read_bytes()[:HEAD_BYTES]) == kind


@pytest.mark.parametrize("kind", FORMATS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_any_damage_is_read_or_refused_with_a_sentence(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    options = {"comment": b"pier"} if kind == "gif" else {"exif": exif_of({0x010E: "pier"}, b"ASCII\0\0\0pier")}
    whole = bytearray(save(tmp_path / "a", kind, **options).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, min(len(whole), 400) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "b"
    path.write_bytes(whole)
    try:
        assert isinstance(read_image(path), ImageFile)
    except Unreadable as error:
        assert error.reason


@pytest.mark.parametrize(
    "data",
    [
        "pier, café\nSteps: 20".encode(),
        "\ufeffpier, café\r\nSteps: 20".encode(),
        "pier, café\r\nSteps: 20".encode("utf-16"),
        b"\xfe\xff" + "pier, café\nSteps: 20".encode("utf-16-be"),
    ],
)
def test_text_files_are_read_in_unicode(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    assert read_text_file(path) == "pier, café\nSteps: 20"


def test_text_files_in_other_encodings_or_of_giant_size_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("pier, café".encode("cp1252"))
    with pytest.raises(Unreadable, match="UTF-8"):
        read_text_file(path)
    path.write_bytes(b"x" * (TEXT_CHUNK_BYTES + 1))
    with pytest.raises(OverLimit):
        read_text_file(path)
    with pytest.raises(Unreadable, match="regular"):
        read_text_file(tmp_path)
