"""Config, the frozen value that everything above reads. Defaults stand here and nowhere else.

A class by hand, not a dataclass: `warn` reads it in a process where `dataclasses` alone would double the time.
"""

from __future__ import annotations

import os

from alma.config.addresses import absolute, database, without_secrets
from alma.domain.names import LONGEST_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, TypedDict

    from alma.domain.scope import Scopes

    class AgentForm(TypedDict, total=False):
        """What the configuration says of one agent; what is absent was not said."""

        can_learn: list[str]
        cannot_learn: list[str]
        share_with: list[str]
        inherit_from: list[str]
        quota: int

    class Form(TypedDict, total=False):
        """What a configuration says, checked; what is absent has its default."""

        project: str
        store: str
        embedder: str
        strict_agents: bool
        half_life: float
        holdout: float
        verify: list[str]
        warn: str
        prompt_recall: bool
        domains: dict[str, str]
        agents: dict[str, AgentForm]


STORE = "sqlite:///.alma/alma.db"
EMBEDDER = "minilm"
AGENT = "default"
USER = "user"
PROJECT = "default"
HALF_LIFE = 800.0
VERIFY = (
    *(
        "pytest*",
        "py.test*",
        "python -m pytest*",
        "python3 -m pytest*",
        "uv run pytest*",
        "poetry run pytest*",
    ),
    *("python -m unittest*", "python3 -m unittest*", "tox*", "nox*"),
    *("npm test*", "npm run test*", "yarn test*", "pnpm test*", "pnpm run test*"),
    *("npx jest*", "npx vitest*", "npx mocha*", "npx playwright test*"),
    *("go test*", "cargo test*", "cargo nextest run*", "make test*", "make check*", "ctest*"),
    *("mvn test*", "mvn verify*", "gradle test*", "./gradlew test*", "dotnet test*"),
    *("rspec*", "bundle exec rspec*", "phpunit*", "vendor/bin/phpunit*", "mix test*"),
)


class Config:
    """One configuration: what the file says, what environment and caller put over it, defaults for the rest.

    `folder` is the absolute path of the folder that holds `.alma/`, whether or not that is made already;
    `path` the configuration file, if there is one; `default_agent` what ALMA_AGENT says; `api_key` ALMA_API_KEY;
    `user` who is logged in.
    """

    __slots__ = ("_form", "_scopes", "api_key", "default_agent", "folder", "path", "user")
    _form: Form
    _scopes: Scopes | None
    folder: str | None
    path: str | None
    default_agent: str | None
    api_key: str | None
    user: str

    def __init__(
        self,
        form: Form | None = None,
        *,
        folder: str | None = None,
        path: str | None = None,
        default_agent: str | None = None,
        api_key: str | None = None,
        user: str | None = None,
    ) -> None:
        values = (form or {}, None, api_key, default_agent, folder, path, user or USER)
        for name, value in zip(self.__slots__, values, strict=True):
            object.__setattr__(self, name, value)

    @property
    def project(self) -> str | None:
        """The project's name, if anybody said one."""
        return self._form.get("project")

    @property
    def default_project(self) -> str:
        """The folder's name, for a store that has none yet. What cannot be shown in a name becomes `_`."""
        name = os.path.basename(self.folder or "")
        shown = "".join(letter if letter.isprintable() else "_" for letter in name)
        return shown[:LONGEST_NAME].strip() or PROJECT

    @property
    def store(self) -> str:
        """The store's URL, as it was given."""
        return self._form.get("store", STORE)

    @property
    def store_url(self) -> str:
        """The store's URL with a SQLite path made absolute; any other URL as it was given."""
        return absolute(self.store, self.folder or os.getcwd())

    @property
    def database(self) -> str | None:
        """The absolute path of the SQLite file; None for other stores and for a store in memory."""
        return database(self.store_url)

    @property
    def embedder(self) -> str:
        """The name of what turns texts into vectors."""
        return self._form.get("embedder", EMBEDDER)

    @property
    def strict_agents(self) -> bool:
        """Whether an agent that is not declared is an error."""
        return self._form.get("strict_agents", False)

    @property
    def half_life(self) -> float:
        """After how many further outcomes of the same agent an outcome weighs half."""
        return self._form.get("half_life", HALF_LIFE)

    @property
    def holdout(self) -> float:
        """The share of attempts, in [0, 1), that go without earned memories."""
        return self._form.get("holdout", 0.0)

    @property
    def verify(self) -> tuple[str, ...]:
        """Patterns of the commands whose exit code is a verified result."""
        return tuple(self._form.get("verify", VERIFY))

    @property
    def warn(self) -> str:
        """What a warning does to an action in Claude Code: `advise`, `ask` or `deny`."""
        return self._form.get("warn", "advise")

    @property
    def prompt_recall(self) -> bool:
        """Whether a prompt in Claude Code is answered with memories."""
        return self._form.get("prompt_recall", True)

    @property
    def agent_names(self) -> tuple[str, ...]:
        """The declared agents, in the order of the file."""
        return tuple(self._form.get("agents", {}))

    @property
    def usual_agent(self) -> str:
        """Who acts when nobody is named: ALMA_AGENT, else the only agent declared, else `default`."""
        return self.default_agent or (self.agent_names[0] if len(self.agent_names) == 1 else AGENT)

    @property
    def scopes(self) -> Scopes:
        """The declared agents and the described domains."""
        if self._scopes is None:
            object.__setattr__(self, "_scopes", _scopes(self._form))
        assert self._scopes is not None
        return self._scopes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Config) and self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash((self.project, self.store, self.folder, self.path))

    def __repr__(self) -> str:
        shown = without_secrets(self.store)
        return (
            f"Config(project={self.project!r}, store={shown!r}, folder={self.folder!r}, path={self.path!r})"
        )

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Config is frozen: {name} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a Config is frozen: {name} cannot be deleted")

    def _compared(self) -> tuple[object, ...]:
        return self._form, self.folder, self.path, self.default_agent, self.api_key


def _scopes(form: Form) -> Scopes:
    # Imported here: `warn` often needs no scopes, and their module loads `dataclasses`.
    from alma.domain.scope import Agent, Scopes

    agents = {}
    for name, said in form.get("agents", {}).items():
        agents[name] = Agent(
            name,
            can_learn=tuple(said["can_learn"]) if "can_learn" in said else None,
            cannot_learn=tuple(said.get("cannot_learn", ())),
            share_with=tuple(said.get("share_with", ())),
            inherit_from=tuple(said.get("inherit_from", ())),
            quota=said.get("quota"),
        )
    return Scopes(agents, dict(form.get("domains", {})))
