"""Installs ALMA in Claude Code: first a plan, which is the whole truth of what would change, then the changes.

For one project: a marketplace in its `.alma/`, named in the settings that are this user's alone. For the user: a plugin
among the skills, which needs no settings. What ALMA wrote stands in a list beside it; nothing else is ever removed.
"""

from __future__ import annotations

import json
import os
import re
import stat
from contextlib import suppress

from alma.config.own_files import write_own
from alma.config.places import NAME as ALMA_FOLDER
from alma.config.places import find, make_folder
from alma.domain.digest import digest
from alma.domain.errors import ConfigError
from alma.domain.values import value
from alma.install import plugin, settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LIST = "installed.json"
# What the marketplace of a project is called.
NAMED = rf"{plugin.NAME}-[0-9a-f]{{8}}"
BEFORE = "settings.before"
LOG = "hooks.log"  # what the hooks write beside the store where they cannot answer
WRITE, REMOVE = "write", "remove"


@value
class Change:
    """One file that is written (whole, at once) or removed."""

    path: str
    content: bytes | None

    @property
    def what(self) -> str:
        """write or remove."""
        return REMOVE if self.content is None else WRITE


@value
class Plan:
    """What an installation changes, in order; `alma` is the project whose `.alma/` is made, `notes` are for people.

    `folders` are removed afterwards where nothing is left in them.
    """

    changes: tuple[Change, ...] = ()
    alma: str | None = None
    folders: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@value
class Target:
    """Where the plugin goes: its `folder`, and the settings that name it, with the entries that they need."""

    folder: str
    files: Mapping[str, bytes]
    settings: str | None = None
    entries: Mapping[tuple[str, str], object]
    registry: str
    id: str


def for_user(environ: Mapping[str, str], *, interpreter: str) -> Target:
    """Every project of this user."""
    home = _home(environ)
    return Target(
        folder=os.path.join(home, "skills", plugin.NAME),
        files=plugin.plugin(interpreter),
        entries={},
        registry=os.path.join(home, "plugins"),
        id="skills-dir",
    )


def for_project(root: str, environ: Mapping[str, str], *, interpreter: str) -> Target:
    """One project, from its folder, the folders in it, and its git worktrees."""
    folder = os.path.join(root, ALMA_FOLDER, "claude-code")
    name = f"{plugin.NAME}-{digest(root, length=4)}"
    return Target(
        folder=folder,
        files=plugin.marketplace(interpreter, name=name),
        settings=os.path.realpath(os.path.join(root, ".claude", "settings.local.json")),
        entries=_entries(name, folder),
        registry=os.path.join(_home(environ), "plugins"),
        id=name,
    )


def _entries(name: str, folder: str) -> dict[tuple[str, str], object]:
    """What settings say of a marketplace of this name."""
    return {
        ("extraKnownMarketplaces", name): {"source": {"source": "directory", "path": folder}},
        ("enabledPlugins", f"{plugin.NAME}@{name}"): True,
    }


def _former(target: Target) -> dict[tuple[str, str], object]:
    """What settings still say of the place from which a project with ALMA was moved; nothing where it was not."""
    try:
        name = json.loads(_read(os.path.join(target.folder, plugin.CATALOG)) or b"{}")["name"]
    except (ValueError, KeyError, TypeError):
        return {}
    is_ours = isinstance(name, str) and re.fullmatch(NAMED, name) is not None
    return _entries(name, "") if is_ours and name != target.id else {}


def project_root(start: str | None = None) -> str:
    """The folder of the project: the one that has `.alma/`, else the one of its repository, else this one."""
    place = find(start)
    if place.exists:
        return place.folder
    folder = place.folder
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return place.folder
        folder = above
    return folder


def is_installed(target: Target) -> bool:
    """Whether ALMA is there, of whatever version."""
    return os.path.isfile(os.path.join(target.folder, LIST))


def installing(target: Target, *, root: str | None = None) -> Plan:
    """What has to change so that the plugin is there, as this version would write it. Raises ConfigError."""
    if not is_installed(target) and os.path.isdir(target.folder) and os.listdir(target.folder):
        raise ConfigError(
            "this folder holds something that ALMA did not put there: move it away and install again",
            path=target.folder,
        )
    before = _read(target.settings)
    wanted = dict(target.files)
    if target.settings is not None:
        # What was there before ALMA came is kept, so that it can be put back byte for byte.
        kept = _read(os.path.join(target.folder, BEFORE)) if is_installed(target) else before
        wanted |= {} if kept is None else {BEFORE: kept}
    wanted[LIST] = (json.dumps(sorted(wanted), indent=2) + "\n").encode()
    gone = [path for path in _listed(target) if path not in wanted]
    changes = [_change(os.path.join(target.folder, path), content) for path, content in wanted.items()]
    changes += [_change(os.path.join(target.folder, path), None) for path in gone]
    if target.settings is not None:
        changes.append(_settings_change(target, before))
    begun = root is not None and not os.path.isdir(os.path.join(root, ALMA_FOLDER))
    return Plan(changes=tuple(filter(None, changes)), alma=root if begun else None)


def beginning(root: str, mine: Target) -> Plan:
    """A project where the plugin of the user is at work: all that it needs is a memory."""
    begun = not os.path.isdir(os.path.join(root, ALMA_FOLDER))
    note = (
        f"ALMA is installed for all your projects already, in {mine.folder}; a second one would say all twice"
    )
    return Plan(alma=root if begun else None, notes=(note,))


def _settings_change(target: Target, before: bytes | None) -> Change | None:
    assert target.settings is not None
    held = settings.read(before, target.settings)
    rest = settings.without_entries(held, _former(target))
    if rest == held and settings.has_entries(held, target.entries):
        return None
    after = settings.with_entries(rest, target.entries, target.settings)
    return Change(path=target.settings, content=settings.written(after, before))


def removing(target: Target, *, root: str | None = None) -> Plan:
    """What has to change so that nothing of the plugin is left; memories stay. Raises ConfigError."""
    changes = [*_without_settings(target), *_without_records(target)]
    if is_installed(target):
        listed = [path for path in _listed(target) if path != LIST]
        changes += [_change(os.path.join(target.folder, path), None) for path in [*listed, LIST]]
    folders = [*_folders(target), os.path.join(target.registry, "data", f"{plugin.NAME}-{target.id}")]
    if target.settings is not None:
        folders.append(os.path.dirname(target.settings))
    if root is not None:
        changes.append(_change(os.path.join(root, ALMA_FOLDER, LOG), None))
    notes = []
    if root is not None and os.path.isdir(os.path.join(root, ALMA_FOLDER)):
        notes.append(f"the memory in {os.path.join(root, ALMA_FOLDER)} stays; it is yours to remove")
    return Plan(changes=tuple(filter(None, changes)), folders=tuple(folders), notes=tuple(notes))


def _without_settings(target: Target) -> list[Change | None]:
    before = _read(target.settings)
    if target.settings is None or before is None:
        return []
    held = settings.read(before, target.settings)
    rest = settings.without_entries(held, {**target.entries, **_former(target)})
    if rest == held:
        return []
    first = _read(os.path.join(target.folder, BEFORE))
    if first is not None and settings.read(first, target.settings) == rest:
        return [Change(path=target.settings, content=first)]
    return [Change(path=target.settings, content=settings.written(rest, before) if rest else None)]


def _without_records(target: Target) -> list[Change | None]:
    """What Claude Code noted of the marketplace: it would look for a folder that is gone."""
    known = os.path.join(target.registry, "known_marketplaces.json")
    installed = os.path.join(target.registry, "installed_plugins.json")
    return [
        _without_record(known, target.id),
        _without_record(installed, f"{plugin.NAME}@{target.id}", section="plugins"),
    ]


def _without_record(path: str, name: str, *, section: str | None = None) -> Change | None:
    try:
        before = _read(path)
        held = settings.read(before, path)
    except ConfigError:
        return None  # its own file: what is broken in it is not ours to mend
    records = held if section is None else held.get(section)
    if not isinstance(records, dict) or name not in records:
        return None
    rest = {key: record for key, record in records.items() if key != name}
    kept = rest if section is None else {**held, section: rest}
    return Change(path=path, content=settings.written(kept, before))


def applied(plan: Plan) -> None:
    """Make the changes, in order: nothing is named before it is there. Raises ConfigError, StoreError."""
    if plan.alma is not None:
        make_folder(plan.alma)
    for change in plan.changes:
        try:
            _apply(change)
        except OSError as error:
            raise ConfigError(f"cannot be written: {error.strerror}", path=change.path) from error
    for folder in plan.folders:
        with suppress(OSError):  # something else is in it, or it never was there
            os.rmdir(folder)


def _apply(change: Change) -> None:
    if change.content is None:
        with suppress(FileNotFoundError):
            os.unlink(change.path)
        return
    mode = stat.S_IMODE(os.stat(change.path).st_mode) if os.path.exists(change.path) else 0o600
    write_own(change.path, change.content)
    os.chmod(change.path, mode)


def _change(path: str, content: bytes | None) -> Change | None:
    """The change that is needed; None where it is so already."""
    return None if _read(path) == content else Change(path=path, content=content)


def _listed(target: Target) -> list[str]:
    """The files that ALMA wrote here. The list lies on a disk: only what is inside the folder is believed."""
    content = _read(os.path.join(target.folder, LIST))
    try:
        listed = json.loads(content or b"[]")
    except ValueError:
        listed = list(target.files)
    if not isinstance(listed, list):
        return []
    return [path for path in [*listed, LIST] if isinstance(path, str) and _is_inside(path)]


def _is_inside(path: str) -> bool:
    parts = path.split("/")
    return bool(path) and "\0" not in path and "\\" not in path and not {"", ".", ".."} & set(parts)


def _folders(target: Target) -> Iterator[str]:
    """The folders of the plugin, the innermost first, up to the one that holds it."""
    inner = {os.path.dirname(path) for path in _listed(target)}
    inner |= {part for path in inner for part in _above(path)}
    for path in sorted(filter(None, inner), key=len, reverse=True):
        yield os.path.join(target.folder, path)
    yield target.folder
    if target.settings is None:
        yield os.path.dirname(target.folder)
        yield os.path.dirname(os.path.dirname(target.folder))


def _above(path: str) -> Iterator[str]:
    while path := os.path.dirname(path):
        yield path


def _home(environ: Mapping[str, str]) -> str:
    """Where Claude Code keeps what is the user's."""
    return os.path.abspath(environ.get("CLAUDE_CONFIG_DIR") or os.path.expanduser("~/.claude"))


def _read(path: str | None) -> bytes | None:
    """The bytes of a file; None where there is none. Raises ConfigError where it cannot be read."""
    if path is None:
        return None
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path=path) from error
