"""A settings file of somebody else's program: a key is put in or taken out, and all else stays as it was.

What cannot be read without a doubt is not written.
"""

from __future__ import annotations

import json
import re

from alma.domain.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Settings = dict[str, object]


def read(content: bytes | None, path: str) -> Settings:
    """The settings that a file holds; empty where there is no file, or nothing in it. Raises ConfigError."""
    if content is None or not content.strip():
        return {}
    try:
        found = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_only_once)
    except UnicodeDecodeError:
        raise ConfigError("this is not UTF-8 text, and was left as it is", path=path) from None
    except RecursionError:
        raise ConfigError("this is nested too deeply, and was left as it is", path=path) from None
    except ValueError as error:
        line = getattr(error, "lineno", None)
        said = getattr(error, "msg", str(error))
        raise ConfigError(
            f"this is no JSON that can be changed safely ({said}), and was left as it is: mend it and install again",
            path=path,
            line=line,
        ) from None
    if not isinstance(found, dict):
        raise ConfigError("this holds no JSON object, and was left as it is", path=path)
    return found


def _only_once(pairs: list[tuple[str, object]]) -> Settings:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def with_entries(settings: Settings, entries: Mapping[tuple[str, str], object], path: str) -> Settings:
    """The settings with these entries, each named by its section and its name. Raises ConfigError."""
    changed = dict(settings)
    for (section, name), entry in entries.items():
        held = changed.get(section, {})
        if not isinstance(held, dict):
            raise ConfigError(f"{section!r} is no object, and the file was left as it is", path=path)
        changed[section] = {**held, name: entry}
    return changed


def without_entries(settings: Settings, entries: Mapping[tuple[str, str], object]) -> Settings:
    """The settings without these entries, and without sections that are empty once they are gone."""
    changed = dict(settings)
    for section, name in entries:
        held = changed.get(section)
        if isinstance(held, dict) and name in held:
            rest = {key: value for key, value in held.items() if key != name}
            changed[section] = rest
            if not rest:
                del changed[section]
    return changed


def has_entries(settings: Settings, entries: Mapping[tuple[str, str], object]) -> bool:
    """Whether all of these entries are there, as they should be."""
    return all(
        isinstance(held := settings.get(section), dict) and name in held and held[name] == entry
        for (section, name), entry in entries.items()
    )


def written(settings: Settings, before: bytes | None) -> bytes:
    """The settings as a file, indented as it was before."""
    found = re.match(rb"\s*\{\r?\n([ \t]+)\S", before or b"")
    indent: str | int = found[1].decode() if found else 2
    return (json.dumps(settings, indent=indent, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")
