import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_core.index.blobs import DamagedBlob, opened, sealed


@given(st.binary(max_size=40))
def test_what_was_sealed_comes_back(data: bytes) -> None:
    assert bytes(opened(sealed(data))) == data


@given(st.binary(min_size=1, max_size=40), st.data())
def test_no_changed_bit_goes_unnoticed(data: bytes, draw: st.DataObject) -> None:
    blob = bytearray(sealed(data))
    blob[draw.draw(st.integers(0, len(blob) - 1))] ^= 1 << draw.draw(st.integers(0, 7))
    with pytest.raises(DamagedBlob):
        opened(bytes(blob))


@pytest.mark.parametrize("blob", [b"", b"abc", sealed(b"0123456789")[:-1], bytes(16)])
def test_what_is_cut_or_zeroed_is_damaged(blob: bytes) -> None:
    with pytest.raises(DamagedBlob):
        opened(blob)
