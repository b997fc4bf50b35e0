"""Whether a signature fits: needs the public key alone. Signing is for people, and elsewhere."""


def fits(key: str, signature: str, data: bytes) -> bool:
    """Tell whether an Ed25519 signature (hex) over the data was made with the private half of a key (hex)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(key: str) -> str:
    """Return a public key short enough to compare by eye: its first 16 hex digits in groups of four."""
    return " ".join(key[start : start + 4] for start in range(0, 16, 4))
