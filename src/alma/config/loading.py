"""How a Config comes to be: the file that is named or found, under the environment, under what the caller says.

Whatever was only found passes `trust` before a single value of it is used.
"""

from __future__ import annotations

import os
import stat

from alma.config.addresses import absolute, database
from alma.config.cache import cached, keep
from alma.config.overrides import agent_of, of_caller, of_environment, user_of
from alma.config.places import FILE, NAME, current_folder, find, refuse_others
from alma.config.trust import (
    embedder_demand,
    is_trusted,
    store_demand,
    untrusted,
    untrusted_link,
    variable_demands,
)
from alma.config.value import EMBEDDER, STORE, Config
from alma.domain.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from alma.config.places import Place
    from alma.config.value import Form
    from alma.domain.scope import Agent

LARGEST = 1 << 20
OTHER_SPELLINGS = ("config.yml", "config.json", "config.toml")


def load(
    path: str | os.PathLike[str] | None = None,
    *,
    store: str | None = None,
    project: str | None = None,
    agents: Mapping[str, Agent | Mapping[str, object]] | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: str | None = None,
) -> Config:
    """The configuration of `path`, else of ALMA_CONFIG, else of the nearest `.alma/`, else the defaults.

    `store`, `project` and `agents` each replace what environment and file say. Makes nothing.
    Raises ConfigError, Untrusted, and InvalidInput for what the caller said.
    """
    environ = os.environ if environ is None else environ
    over = of_environment(environ)
    over.update(of_caller(store, project, agents))
    named = os.fspath(path) if path is not None else environ.get("ALMA_CONFIG")
    file: str | None
    if named:
        file = os.path.abspath(os.path.join(cwd or current_folder(), named))
        folder, form = _folder_of(file), _understood(file, _read(file), environ)
    else:
        place = find(cwd)
        folder, file = place.folder, _file_in(place)
        form = _found(place, file, environ, store_is_named="store" in over)
    form.update(over)
    key = environ.get("ALMA_API_KEY") or None
    who = {"default_agent": agent_of(environ), "user": user_of(environ)}
    return Config(form, folder=folder, path=file, api_key=key, **who)


def parse(text: str, *, path: str = "", environ: Mapping[str, str] | None = None) -> Config:
    """The configuration that a text says, believed as if it had been named. Raises ConfigError."""
    from alma.config.document import document
    from alma.config.entry import expanded
    from alma.config.schema import checked

    root = expanded(document(text, path), os.environ if environ is None else environ)
    return Config(checked(root), path=path or None)


def _file_in(place: Place) -> str | None:
    """The place's configuration file, if it has one."""
    if not place.exists:
        return None
    try:
        names = os.listdir(place.alma_folder)
    except OSError as failure:
        raise ConfigError(f"cannot be read: {failure.strerror}", path=place.alma_folder) from failure
    if FILE in names:
        return place.config_path
    for name in OTHER_SPELLINGS:
        if name in names:
            path = os.path.join(place.alma_folder, name)
            raise ConfigError(f"this is not read; the configuration is named {FILE}", path=path)
    return None


def _found(place: Place, file: str | None, environ: Mapping[str, str], *, store_is_named: bool) -> Form:
    """What a found place says, once its owner and all that it asks for are in order."""
    if not place.exists or (file is None and store_is_named):
        return {}  # nothing of the place is used
    refuse_others(place.alma_folder, environ)
    content = b""
    form: Form = {}
    if file is not None:
        refuse_others(file, environ)
        content = _read(file)
        form = _understood(file, content, environ, found=place)
    store = None if store_is_named else form.get("store", STORE)
    demands = [store_demand(store, place.folder)] if store else []
    _require_trust([*demands, embedder_demand(form.get("embedder", EMBEDDER))], place, content, environ)
    if store and not any(demands):
        refuse_others(database(absolute(store, place.folder)) or place.alma_folder, environ)
    return form


def _require_trust(
    demands: list[str | None], place: Place, content: bytes, environ: Mapping[str, str]
) -> None:
    made = [demand for demand in demands if demand]
    if made and not content:
        raise untrusted_link(place.alma_folder, made[0])
    if made and not is_trusted(place.config_path, content, environ=environ):
        raise untrusted(place.config_path, made)


def _understood(path: str, content: bytes, environ: Mapping[str, str], *, found: Place | None = None) -> Form:
    form = cached(path, content, environ)
    if form is not None:
        return form
    # Imported here: PyYAML costs 40 ms, which a process that finds the form in the cache need not pay.
    from alma.config.document import document
    from alma.config.entry import expanded, references
    from alma.config.schema import checked

    root = document(_text(content, path), path)
    variables = list(references(root))
    if found:
        _require_trust([*variable_demands(variables)], found, content, environ)
    form = checked(expanded(root, environ))
    if not variables:  # what the environment said is not for keeping
        keep(path, content, form, environ)
    return form


def _read(path: str) -> bytes:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # a named pipe would be waited for
            raise ConfigError("this is not a file", path=path)
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as failure:
        raise ConfigError(f"cannot be read: {failure.strerror}", path=path) from failure
    if len(content) > LARGEST:
        raise ConfigError(f"larger than {LARGEST:,} bytes", path=path)
    return content


def _text(content: bytes, path: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        line = content.count(b"\n", 0, failure.start) + 1
        raise ConfigError("this is not UTF-8 text", path=path, line=line) from failure


def _folder_of(path: str) -> str:
    """The folder that a named file's relative paths start at: the one that holds `.alma/`, or else its own."""
    folder = os.path.dirname(path)
    return os.path.dirname(folder) if os.path.basename(folder) == NAME else folder
