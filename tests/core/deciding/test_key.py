"""The key of the review: only its passphrase opens it, and only it signs."""

import os

import pytest

from learning_core.deciding.key import COST_LOG2, SealedKey, make_key, open_key, read_sealed
from learning_core.drafts.signature import fingerprint, fits
from learning_core.errors import DecisionRefused

QUICK = 10


@pytest.fixture(scope="module")
def sealed() -> SealedKey:
    return make_key("correct horse", os.urandom, cost_log2=QUICK)


def test_what_the_key_signs_fits_its_public_half_and_nothing_else(sealed: SealedKey) -> None:
    key = open_key(sealed, "correct horse")
    assert key.public == sealed.public
    signature = key.sign(b"approve this")
    assert fits(sealed.public, signature, b"approve this")
    assert not fits(sealed.public, signature, b"approve that")
    assert not fits(make_key("another one", os.urandom, cost_log2=QUICK).public, signature, b"approve this")
    for broken in ("", "zz", signature[:-2], "0" * 128):
        assert not fits(sealed.public, broken, b"approve this")
    assert not fits("not hex", signature, b"approve this")


@pytest.mark.parametrize("passphrase", ["", "correct hors", "Correct horse", "correct horse "])
def test_another_passphrase_does_not_open_it(passphrase: str, sealed: SealedKey) -> None:
    with pytest.raises(DecisionRefused, match="passphrase is wrong"):
        open_key(sealed, passphrase)


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(DecisionRefused, match="at least 8 characters"):
        make_key("short", os.urandom, cost_log2=QUICK)


def test_a_sealed_key_that_was_changed_does_not_open(sealed: SealedKey) -> None:
    foreign = make_key("correct horse", os.urandom, cost_log2=QUICK)
    with pytest.raises(DecisionRefused):
        open_key(sealed.model_copy(update={"sealed": foreign.sealed}), "correct horse")
    with pytest.raises(DecisionRefused, match="does not belong"):
        open_key(foreign.model_copy(update={"public": sealed.public}), "correct horse")


@pytest.mark.parametrize("change", [b"{}", b"junk", b'{"version": 2}'])
def test_a_file_that_is_no_sealed_key_is_named(change: bytes) -> None:
    with pytest.raises(DecisionRefused, match="cannot be read"):
        read_sealed(change)


def test_guessing_is_made_dear_by_default_and_bounded_for_us(sealed: SealedKey) -> None:
    assert COST_LOG2 >= 17
    with pytest.raises(DecisionRefused):
        read_sealed(sealed.model_dump_json().replace('"cost_log2":10', '"cost_log2":40').encode())


def test_the_secret_is_not_in_the_sealed_key(sealed: SealedKey) -> None:
    assert "correct horse" not in sealed.model_dump_json()
    assert fingerprint(sealed.public).replace(" ", "") == sealed.public[:16]
