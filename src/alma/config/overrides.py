"""What the environment and the caller put over a configuration file: checked like the file, believed without it."""

from __future__ import annotations

from alma.config.addresses import problem_of
from alma.domain.errors import ConfigError, InvalidInput
from alma.domain.names import name_problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from alma.config.value import AgentForm, Form
    from alma.domain.scope import Agent


LOGGED_IN = ("USER", "LOGNAME", "USERNAME")


def of_environment(environ: Mapping[str, str]) -> Form:
    """What ALMA_STORE and ALMA_PROJECT say. Raises ConfigError."""
    form: Form = {}
    store = environ.get("ALMA_STORE")
    if store:
        problem = problem_of(store)
        if problem:
            raise ConfigError(f"ALMA_STORE {problem}")
        form["store"] = store
    project = _name(environ, "ALMA_PROJECT")
    if project:
        form["project"] = project
    return form


def agent_of(environ: Mapping[str, str]) -> str | None:
    """Who ALMA_AGENT says is acting. Raises ConfigError."""
    return _name(environ, "ALMA_AGENT")


def user_of(environ: Mapping[str, str]) -> str | None:
    """Who is logged in, as far as the environment says; what is no name is nobody."""
    said = next((environ[name] for name in LOGGED_IN if environ.get(name)), None)
    return said if said is not None and not name_problem(said) else None


def of_caller(
    store: str | None, project: str | None, agents: Mapping[str, Agent | Mapping[str, object]] | None
) -> Form:
    """What the caller says. Raises InvalidInput that names the argument."""
    form: Form = {}
    if store is not None:
        _refuse("store", problem_of(store) if isinstance(store, str) else "must be text")
        form["store"] = store
    if project is not None:
        _refuse("project", name_problem(project) if isinstance(project, str) else "must be text")
        form["project"] = project
    if agents is not None:
        form["agents"] = _agents(agents)
    return form


def _name(environ: Mapping[str, str], variable: str) -> str | None:
    name = environ.get(variable)
    problem = name_problem(name) if name else None
    if problem:
        raise ConfigError(f"{variable} {problem}")
    return name or None


def _refuse(field: str, problem: str | None) -> None:
    if problem:
        raise InvalidInput(field, problem)


def _agents(agents: Mapping[str, Agent | Mapping[str, object]]) -> dict[str, AgentForm]:
    # Imported here: a process whose agents stand in the file alone need not pay for checking them again.
    from alma.config.entry import given
    from alma.config.schema import checked_agents

    try:
        return checked_agents(given(agents))
    except ConfigError as error:
        raise InvalidInput("agents", str(error)) from None
