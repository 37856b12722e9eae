"""The checked form of a configuration file, kept in the user's cache folder because PyYAML takes 40 ms to load.

Never in the project, where a clone could forge it. Bytes that do not match exactly are simply read again.
"""

from __future__ import annotations

import json
import os
from binascii import crc32

from alma.config.own_files import home, read_own, write_own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from alma.config.value import Form


def cached(path: str, content: bytes, environ: Mapping[str, str]) -> Form | None:
    """What this very content of `path` was checked to mean, by this very version of ALMA; None when not known."""
    place = _place(path, environ)
    kept = read_own(place) if place else None
    if kept is None:
        return None
    seal, _, text = kept.partition(b"\n")
    if seal != _seal(text, content):
        return None
    form: Form = json.loads(text)
    return form


def keep(path: str, content: bytes, form: Form, environ: Mapping[str, str]) -> None:
    """Keep the checked form. A cache that cannot be written costs time and nothing else."""
    place = _place(path, environ)
    if place is None:
        return
    text = json.dumps(form).encode()
    try:
        write_own(place, _seal(text, content) + b"\n" + text)
    except OSError:
        return


def _seal(text: bytes, content: bytes) -> bytes:
    """Binds a form to the content it came from and to the code that checked it."""
    checker = os.path.join(os.path.dirname(__file__), "schema.py")
    try:
        status = os.stat(checker)
        version = f"{checker}:{status.st_mtime_ns}:{status.st_size}"
    except OSError:
        version = checker
    return f"{version} {len(content)}".encode() + b"%08x%08x" % (crc32(content), crc32(text))


def _place(path: str, environ: Mapping[str, str]) -> str | None:
    folder = home(environ, "XDG_CACHE_HOME", ".cache")
    return os.path.join(folder, "config", f"{crc32(os.fsencode(path)):08x}.json") if folder else None
