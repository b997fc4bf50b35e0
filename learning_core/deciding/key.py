"""The key that signs decisions, sealed by a passphrase: scrypt (RFC 7914), then ChaCha20-Poly1305 (RFC 8439)."""

from collections.abc import Callable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from learning_core.errors import DecisionRefused

LEAST_CHARACTERS = 8
"""Shortest passphrase."""

COST_LOG2 = 17
"""scrypt with N = 2**17, r = 8, p = 1: about half a second and 128 MiB for every guess."""

_BLOCK, _PARALLEL = 8, 1
_SALT_BYTES, _NONCE_BYTES, _KEY_BYTES = 16, 12, 32
_PURPOSE = b"whatworks: key of the review"

RandomBytes = Callable[[int], bytes]


class SealedKey(BaseModel):
    """A private key that only the passphrase opens; bytes are hex, `cost_log2` is the scrypt cost."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    public: str = Field(pattern=r"^[0-9a-f]{64}$")
    cost_log2: int = Field(ge=10, le=20)
    salt: str = Field(pattern=r"^[0-9a-f]{32}$")
    nonce: str = Field(pattern=r"^[0-9a-f]{24}$")
    sealed: str = Field(pattern=r"^[0-9a-f]{96}$")


class OpenKey:
    """A private key in memory, for one signature and then to be forgotten."""

    def __init__(self, secret: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._private = Ed25519PrivateKey.from_private_bytes(secret)

    @property
    def public(self) -> str:
        """The public half, 64 hex digits."""
        return self._private.public_key().public_bytes_raw().hex()

    def sign(self, data: bytes) -> str:
        """Return the Ed25519 signature (RFC 8032) in hex."""
        return self._private.sign(data).hex()


def make_key(passphrase: str, random_bytes: RandomBytes, *, cost_log2: int = COST_LOG2) -> SealedKey:
    """Return a new sealed key. Raises DecisionRefused for a passphrase of fewer than LEAST_CHARACTERS."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    if len(passphrase) < LEAST_CHARACTERS:
        raise DecisionRefused(f"a passphrase has at least {LEAST_CHARACTERS} characters")
    secret, salt, nonce = random_bytes(_KEY_BYTES), random_bytes(_SALT_BYTES), random_bytes(_NONCE_BYTES)
    sealed = ChaCha20Poly1305(_stretched(passphrase, salt, cost_log2)).encrypt(nonce, secret, _PURPOSE)
    return SealedKey(
        public=OpenKey(secret).public,
        cost_log2=cost_log2,
        salt=salt.hex(),
        nonce=nonce.hex(),
        sealed=sealed.hex(),
    )


def open_key(key: SealedKey, passphrase: str) -> OpenKey:
    """Return the key. Raises DecisionRefused when the passphrase is wrong or the sealed key was changed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    stretched = _stretched(passphrase, bytes.fromhex(key.salt), key.cost_log2)
    try:
        secret = ChaCha20Poly1305(stretched).decrypt(bytes.fromhex(key.nonce), bytes.fromhex(key.sealed), _PURPOSE)
    except InvalidTag as error:
        raise DecisionRefused("the passphrase is wrong, or the sealed key was changed") from error
    found = OpenKey(secret)
    if found.public != key.public:
        raise DecisionRefused("the sealed key does not belong to its public key")
    return found


def read_sealed(data: bytes) -> SealedKey:
    """Return a sealed key as it is kept; raises DecisionRefused."""
    try:
        return SealedKey.model_validate_json(data)
    except ValidationError as error:
        raise DecisionRefused("the file of the sealed key cannot be read") from error


def _stretched(passphrase: str, salt: bytes, cost_log2: int) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=_KEY_BYTES, n=2**cost_log2, r=_BLOCK, p=_PARALLEL).derive(passphrase.encode())
