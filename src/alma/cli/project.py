"""The commands that prepare a project: `init` makes its folder, `trust` accepts what its configuration wants."""

from __future__ import annotations

import os

import click

from alma.cli import screen, terminal
from alma.cli.options import verb
from alma.config import trust as trusting
from alma.config.document import document as parsed
from alma.config.entry import references
from alma.config.loading import load
from alma.config.places import Place, find, make_folder
from alma.domain.errors import ConfigError, InvalidInput, StoreError
from alma.rules.trust import require_person

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.cli.call import Call

CONFIGURATION = """\
# The configuration of ALMA for this project. Everything has a default: an empty file is a good one.
# Every key is checked; a wrong one is named with its line.

# project: {project}                     # default: the folder's name
# store: sqlite:///.alma/alma.db
# strict_agents: false                   # true: an agent that is not declared here is an error
# verify: ["pytest*", "npm test*"]       # commands whose exit code is a verified result in `alma run`

# domains:                               # a description lets texts be sorted into the domain
#   testing_strategies: How to test user interfaces, waits, flaky tests

# agents:
#   helena:
#     can_learn: [testing_strategies, selector_patterns]
#     cannot_learn: [backend_logic, database_queries]
#   senior_architect:
#     share_with: [junior_dev]
"""


@verb("init")
@click.argument("folder", type=click.Path(), required=False)
def init(*, folder: str | None, call: Call) -> None:
    """Begin a memory here: a folder, and a configuration to fill in.

    Makes .alma/ in FOLDER (default: where the nearest one is, else here), with its own .gitignore. What is there
    already is left as it is.
    """
    if folder is not None and not os.path.isdir(folder):
        raise InvalidInput("folder", f"{folder} is no folder")
    place = find() if folder is None else Place(os.path.realpath(folder), exists=False)
    was_there = os.path.isdir(place.alma_folder)
    make_folder(place.folder)
    made = _write_configuration(place)
    if call.as_json:
        screen.out_json({"folder": place.alma_folder, "config": place.config_path, "made": made})
        return
    screen.out(f"{place.alma_folder} {'was there already' if was_there else 'is ready'}")
    screen.out(f"{place.config_path} {'holds every key as a comment' if made else 'was left as it is'}")
    for next_step in (
        *('alma add anti-pattern --pattern "…" --why "…" --instead "…"', 'alma recall "the task"'),
        'alma run --task "…" --strategy "…" -- pytest -q',
    ):
        screen.out(f"  next: {next_step}")


def _write_configuration(place: Place) -> bool:
    """Write the commented file unless there is one; whether it was written."""
    text = CONFIGURATION.format(project=screen.line(os.path.basename(place.folder)) or "my-project")
    try:
        descriptor = os.open(place.config_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    except OSError as error:
        raise StoreError(f"{place.config_path} cannot be made: {error.strerror}") from error
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return True


@verb("trust")
@click.argument("path", type=click.Path(), required=False)
def trust(*, path: str | None, call: Call) -> None:
    """Trust a configuration that wants to send something somewhere.

    PATH is the file; default: the nearest .alma/config.yaml. Only a person in a terminal may say so, for the present
    content of the file and until it changes.
    """
    named = os.path.abspath(path or call.path or _nearest())
    wants = wanted(named)
    if not call.as_json:
        screen.out(f"{named} wants to use:")
        for want in wants or ["nothing that needs trust"]:
            screen.out(f"  {screen.line(want)}")
    if wants:
        require_person(terminal.source(), what="trust a configuration")
        if not call.as_json:
            click.confirm("Trust this content of the file?", abort=True)
        trusting.trust(named)
    if call.as_json:
        screen.out_json({"path": named, "wants": wants, "trusted": True})
    elif wants:
        screen.out("trusted, until the file changes")


def wanted(path: str) -> list[str]:
    """What this file needs trust for. Raises ConfigError."""
    variables = _mentioned(path)
    # Only the file speaks here: neither ALMA_STORE nor the cache of an earlier reading.
    config = load(path, environ={**variables, "HOME": os.devnull})
    demands = [
        trusting.store_demand(config.store, config.folder or os.path.dirname(path)),
        trusting.embedder_demand(config.embedder),
        *trusting.variable_demands(variables),
    ]
    return [demand for demand in demands if demand]


def _mentioned(path: str) -> dict[str, str]:
    """The environment variables that a file names, as far as they are set."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", path=path) from error
    return {name: os.environ[name] for name in references(parsed(text, path)) if name in os.environ}


def _nearest() -> str:
    place = find()
    if not os.path.exists(place.config_path):
        raise ConfigError(f"there is no configuration to trust: {place.config_path} does not exist")
    return place.config_path
