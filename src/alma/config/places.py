"""Where a project keeps its memory: the nearest `.alma/` upwards, and for a git worktree its main worktree's.

Nothing is made here unless `make_folder` is called, and nothing of another user is used.
"""

from __future__ import annotations

import errno
import os
import stat

from alma.config.own_files import user_id
from alma.domain.errors import ConfigError, StoreError, StoreFull, StoreReadOnly, Untrusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = ".alma"
FILE = "config.yaml"
_LONGEST_GIT_FILE = 4096


class Place:
    """The project folder that holds `.alma/`, or where that will be made when `exists` is false."""

    __slots__ = ("exists", "folder")

    def __init__(self, folder: str, *, exists: bool) -> None:
        self.folder = folder
        self.exists = exists

    @property
    def alma_folder(self) -> str:
        """The `.alma` folder itself."""
        return os.path.join(self.folder, NAME)

    @property
    def config_path(self) -> str:
        """Where the configuration file is, if there is one."""
        return os.path.join(self.alma_folder, FILE)


def find(start: str | None = None) -> Place:
    """The place for work in `start` (default: the current folder). Raises ConfigError for an `.alma` that is no folder."""
    first = os.path.realpath(start or current_folder())
    folder, seen = first, set[str]()
    while folder not in seen:
        seen.add(folder)
        main = _main_worktree(folder)
        if main:
            first = folder = main
        if _has_alma(folder):
            return Place(folder, exists=True)
        folder = os.path.dirname(folder)
    return Place(first, exists=False)


class Transcripts:
    """Where past sessions lie; `only_in` is the project's folder where those of all projects lie together."""

    __slots__ = ("only_in", "path")

    def __init__(self, path: str, *, only_in: str | None = None) -> None:
        self.path = path
        self.only_in = only_in


def transcripts(form: str, folder: str | None, environ: Mapping[str, str] | None = None) -> Transcripts:
    """Where the user's own sessions of `claude-code` or `codex` about the project in `folder` lie."""
    environ = os.environ if environ is None else environ
    project = os.path.realpath(folder or current_folder())
    if form == "codex":
        home = environ.get("CODEX_HOME") or os.path.expanduser("~/.codex")
        return Transcripts(os.path.join(home, "sessions"), only_in=project)
    home = environ.get("CLAUDE_CONFIG_DIR") or os.path.expanduser("~/.claude")
    name = "".join(one if one.isascii() and one.isalnum() else "-" for one in project)
    return Transcripts(os.path.join(home, "projects", name))


def refuse_others(path: str, environ: Mapping[str, str]) -> None:
    """Raise Untrusted when `path` belongs to neither this user nor root (as root: nor to the user of sudo)."""
    me = user_id()
    if me is None:
        return
    sudo = environ.get("SUDO_UID", "")
    allowed = {me, 0} | ({int(sudo)} if me == 0 and sudo.isdecimal() else set())
    try:
        owner = os.stat(path).st_uid
    except OSError:
        return  # not there, or not readable: whoever opens it says so
    if owner not in allowed:
        raise Untrusted(
            f"{path} belongs to another user (id {owner}), who could put words into your agents' mouths. "
            f"Work on a copy of your own, or keep your own memory here: mkdir {NAME}",
            source="untrusted",
        )


def make_folder(folder: str) -> str:
    """Make `.alma/` in the project folder, private and ignored by git, unless it is there; give its path."""
    alma = os.path.join(folder, NAME)
    try:
        if not os.path.isdir(alma):
            os.makedirs(alma, mode=0o700, exist_ok=True)
        _ignore_everything(os.path.join(alma, ".gitignore"))
    except OSError as failure:
        raise _store_error(failure, alma) from failure
    return alma


def _ignore_everything(path: str) -> None:
    if os.path.lexists(path):
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another process made it first
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write("*\n")


def _store_error(failure: OSError, folder: str) -> StoreError:
    kinds: dict[int, type[StoreError]] = {errno.ENOSPC: StoreFull, errno.EDQUOT: StoreFull}
    for number in (errno.EROFS, errno.EACCES, errno.EPERM):
        kinds[number] = StoreReadOnly
    kind = kinds.get(failure.errno or 0, StoreError)
    return kind(f"{folder} cannot be made: {failure.strerror or failure}", store=folder)


def current_folder() -> str:
    """Where this process works. Raises ConfigError when that folder was deleted under it."""
    try:
        return os.getcwd()
    except OSError as failure:
        raise ConfigError(f"the current folder cannot be used: {failure.strerror}") from failure


def _has_alma(folder: str) -> bool:
    path = os.path.join(folder, NAME)
    try:
        mode = os.stat(path).st_mode
    except PermissionError:
        return False  # a folder above that we may not look into holds no project of ours
    except OSError as failure:
        if os.path.lexists(path):
            raise ConfigError(
                f"{path} is a link that leads nowhere: {failure.strerror}", path=""
            ) from failure
        return False
    if not stat.S_ISDIR(mode):
        raise ConfigError(f"{path} is in the way: ALMA keeps its memory in a folder of that name")
    return True


def _main_worktree(folder: str) -> str | None:
    """The main worktree when `folder` is a linked one, and the repository agrees that it is."""
    link = os.path.join(folder, ".git")
    private = _named_in(link, folder, prefix="gitdir:")
    if not private:
        return None  # a repository of its own, or none at all
    # Only the repository's own link back proves it: a copied `.git` file may point at any project of this user.
    back = _named_in(os.path.join(private, "gitdir"), private)
    common = _named_in(os.path.join(private, "commondir"), private)
    if not common or not back or os.path.realpath(back) != os.path.realpath(link):
        return None  # a submodule has no commondir
    if os.path.dirname(os.path.realpath(private)) != os.path.join(os.path.realpath(common), "worktrees"):
        return None  # git keeps what belongs to a worktree inside the repository: anything else is made up
    main, name = os.path.split(os.path.realpath(common))
    return main if name == ".git" and os.path.isdir(main) else None  # a bare repository has no main worktree


def _named_in(path: str, folder: str, prefix: str = "") -> str | None:
    """The path that git wrote into this small file; relative ones start at `folder`."""
    try:
        if not os.path.isfile(path):
            return None
        with open(path, "rb") as file:
            text = os.fsdecode(file.read(_LONGEST_GIT_FILE))
    except OSError:
        return None
    if not text.startswith(prefix) or "\0" in text:
        return None
    named = text.removeprefix(prefix).strip()
    return os.path.join(folder, named) if named else None
