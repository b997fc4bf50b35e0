from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from learning_core.log import read as read_module
from learning_core.log.read import read_line, read_lines, read_pieces


def test_an_unfinished_last_line_is_pending(tmp_path: Path) -> None:
    log = tmp_path / "a"
    log.write_bytes(b'{"a":1}\n{"a":2')
    assert [line.data for line in read_lines(log)] == [b'{"a":1}']
    with log.open("ab") as file:
        file.write(b"}\n")
    assert [line.data for line in read_lines(log, 8)] == [b'{"a":2}']


def test_pieces_end_where_the_file_ends(tmp_path: Path) -> None:
    log = tmp_path / "a"
    log.write_bytes(b"0123\r\n\x1a789")
    assert read_pieces(log, (0, 4), (4, 3), (8, 100), (50, 1)) == [b"0123", b"\r\n\x1a", b"89", b""]


def test_a_line_over_the_limit_is_passed_over_and_its_neighbours_are_read(tmp_path: Path) -> None:
    log = tmp_path / "a"
    log.write_bytes(b"first\n" + b"x" * 3_000_000 + b"\nlast\n")
    lines = list(read_lines(log, limit=1_000_000))
    assert [line.data for line in lines] == [b"first", None, b"last"]
    assert lines[1].length == 3_000_001


def test_a_hole_of_nuls_before_a_record_does_not_swallow_it(tmp_path: Path) -> None:
    log = tmp_path / "a"
    log.write_bytes(b"first\n" + b"\0" * 3_000_000 + b"last\n")
    assert [line.data for line in read_lines(log, limit=1000)] == [b"first", b"last"]


def test_only_newline_bytes_end_a_line(tmp_path: Path) -> None:
    log = tmp_path / "a"
    log.write_bytes('{"a":"x\u2028y\u0085z\x1c"}\r\n'.encode())
    assert len(list(read_lines(log))) == 1


@given(
    pieces=st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\n", b"")), max_size=12),
    tail=st.binary(max_size=10).map(lambda b: b.replace(b"\n", b"")),
    block=st.integers(1, 17),
)
def test_offsets_and_lengths_tile_the_file_whatever_the_block_size(
    tmp_path_factory: object, pieces: list[bytes], tail: bytes, block: int
) -> None:
    log = tmp_path_factory.mktemp("read") / "a"  # type: ignore[attr-defined]
    log.write_bytes(b"".join(piece + b"\n" for piece in pieces) + tail)
    old, read_module.BLOCK_BYTES = read_module.BLOCK_BYTES, block
    try:
        lines = list(read_lines(log, limit=25))
    finally:
        read_module.BLOCK_BYTES = old
    kept = [piece.lstrip(b"\0") for piece in pieces]
    assert [line.data for line in lines] == [piece if len(piece) <= 25 else None for piece in kept]
    place = 0
    for line in lines:
        assert line.offset == place
        place += line.length
    assert place + len(tail) == log.stat().st_size
    assert [read_line(log, line.offset, line.length) for line in lines] == kept


def test_a_limit_counts_for_a_line_that_lies_in_one_block_too(tmp_path: Path) -> None:
    log = tmp_path / "a"
    log.write_bytes(b"first\n" + b"x" * 20 + b"\n\0\0" + b"y" * 10 + b"\nlast\n")
    assert [line.data for line in read_lines(log, limit=10)] == [b"first", None, b"y" * 10, b"last"]
