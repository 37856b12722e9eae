"""One call of the command: what its common options say, and the memory that it opens.

Only what has something to keep makes a store: asking, forgetting or correcting never does.
"""

from __future__ import annotations

import os
from contextlib import contextmanager

from alma.alma import ALMA
from alma.cli import screen, terminal
from alma.config.loading import load
from alma.domain.door import Door
from alma.domain.memory import PERSON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from alma.config.value import Config


class Call:
    """The common options of one command line, and what follows from them."""

    __slots__ = ("_config", "as_json", "named_agent", "path", "project", "store")

    def __init__(
        self,
        *,
        agent: str | None = None,
        store: str | None = None,
        project: str | None = None,
        config: str | None = None,
        as_json: bool = False,
    ) -> None:
        self.named_agent = agent
        self.store = store
        self.project = project
        self.path = config
        self.as_json = as_json
        self._config: Config | None = None

    @property
    def config(self) -> Config:
        """The configuration, read once. Raises ConfigError, Untrusted, InvalidInput."""
        if self._config is None:
            self._config = load(self.path, store=self.store, project=self.project)
        return self._config

    @property
    def agent(self) -> str:
        """Who acts: --agent, else ALMA_AGENT, else the only agent declared, else `default`."""
        return self.named_agent if self.named_agent is not None else self.config.usual_agent

    @property
    def asking(self) -> str | None:
        """Whose eyes a list is read with: --agent, else ALMA_AGENT; None: whoever holds the file, who sees all."""
        return self.named_agent if self.named_agent is not None else self.config.default_agent

    @property
    def speaking(self) -> str | None:
        """In whose name something is judged: as `asking`, but a person speaks for themself unless --agent is named."""
        if self.named_agent is None and terminal.source() == PERSON:
            return None
        return self.asking

    @property
    def is_begun(self) -> bool:
        """Whether there is a store to read."""
        return self.config.database is None or os.path.exists(self.config.database)

    def door(self, *, source: str | None = None, agents: tuple[str, ...] | None = None) -> Door:
        """This terminal as a door."""
        # Every command is a process of its own: what one recalls, another cannot know when it learns.
        return Door(
            source=source or terminal.source(), agents=agents, origin=terminal.origin(), follows=False
        )

    def writing(self, *, source: str | None = None, agents: tuple[str, ...] | None = None) -> ALMA:
        """The memory, made if there is none yet."""
        return ALMA._opened(self.config, door=self.door(source=source, agents=agents))

    @property
    def only(self) -> tuple[str, ...] | None:
        """The agents that a door to workflows is bound to: the one that is named, if one is."""
        return None if self.asking is None else (self.asking,)

    @contextmanager
    def existing(self, *, agents: tuple[str, ...] | None = None) -> Iterator[ALMA]:
        """The memory as it is. Where there is none yet, an empty one that is gone afterwards."""
        if self.is_begun:
            with ALMA._opened(self.config, door=self.door(agents=agents)) as memory:
                yield memory
            return
        from tempfile import TemporaryDirectory

        if not self.as_json:
            screen.err(f"note: there is no memory at {self.config.database} yet; `alma init` begins one")
        named = self.config.project or self.config.default_project
        with TemporaryDirectory(prefix="alma-") as folder:
            empty = load(self.path, store=f"sqlite:///{folder}/alma.db", project=named)
            with ALMA._opened(empty, door=self.door(agents=agents)) as memory:
                yield memory
