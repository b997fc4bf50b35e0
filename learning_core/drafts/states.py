"""The states that a draft can be in, by name; apart from its models, which load slowly."""

from typing import Literal

Status = Literal["pending", "stale", "withdrawn", "refused", "approved", "applied", "undone"]
"""`approved` is decided and not carried out yet; `stale`: the sidecar is no more what the draft was made from."""
