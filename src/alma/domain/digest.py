"""Short digests of texts. Not through `hashlib`, whose import loads OpenSSL: 3 ms that every `warn` would pay."""

from __future__ import annotations

try:
    from _blake2 import blake2b  # where hashlib itself has it from
except ImportError:  # another Python than CPython
    from hashlib import blake2b

LENGTH = 8


def digest(text: str, *, length: int = LENGTH, key: bytes = b"") -> str:
    """The digest of a text, as hexadecimal digits: two for each byte of `length`."""
    raw = text.encode("utf-8", "surrogatepass")
    found: str = blake2b(raw, digest_size=length, key=key).hexdigest()
    return found
