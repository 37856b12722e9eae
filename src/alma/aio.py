"""AsyncALMA: the same verbs for asyncio. Each runs in a thread; nothing is decided here."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping
from functools import partial, wraps
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from alma.alma import ALMA
from alma.attempt import Attempt
from alma.domain.scope import Agent

P = ParamSpec("P")
T = TypeVar("T")


def threaded(
    verb: Callable[Concatenate[ALMA, P], T],
) -> Callable[Concatenate[AsyncALMA, P], Coroutine[Any, Any, T]]:
    """The verb, run in a thread."""

    @wraps(verb)
    async def run(self: AsyncALMA, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.to_thread(partial(verb, self.sync, *args, **kwargs))

    return run


class AsyncALMA:
    """ALMA for asyncio: every verb under the same name, with the same arguments, to be awaited."""

    def __init__(self, sync: ALMA) -> None:
        self.sync = sync

    @classmethod
    async def open(
        cls,
        store: str | None = None,
        *,
        project: str | None = None,
        agents: Mapping[str, Agent | Mapping[str, object]] | None = None,
        config: str | os.PathLike[str] | None = None,
    ) -> Self:
        """As ALMA.open."""
        return cls(await asyncio.to_thread(ALMA.open, store, project=project, agents=agents, config=config))

    @classmethod
    async def from_config(cls, path: str | os.PathLike[str]) -> Self:
        """As ALMA.from_config."""
        return cls(await asyncio.to_thread(ALMA.from_config, path))

    retrieve = threaded(ALMA.retrieve)
    warn = threaded(ALMA.warn)
    learn = threaded(ALMA.learn)
    add_heuristic = threaded(ALMA.add_heuristic)
    add_anti_pattern = threaded(ALMA.add_anti_pattern)
    add_knowledge = threaded(ALMA.add_knowledge)
    add_preference = threaded(ALMA.add_preference)
    feedback = threaded(ALMA.feedback)
    review = threaded(ALMA.review)
    keep = threaded(ALMA.keep)
    reject = threaded(ALMA.reject)
    memories = threaded(ALMA.memories)
    explain = threaded(ALMA.explain)
    revise = threaded(ALMA.revise)
    forget = threaded(ALMA.forget)
    restore = threaded(ALMA.restore)
    purge = threaded(ALMA.purge)
    checkpoint = threaded(ALMA.checkpoint)
    resume = threaded(ALMA.resume)
    workflows = threaded(ALMA.workflows)
    finish = threaded(ALMA.finish)
    stats = threaded(ALMA.stats)
    report = threaded(ALMA.report)
    log = threaded(ALMA.log)
    export = threaded(ALMA.export)
    import_ = threaded(ALMA.import_)
    backup = threaded(ALMA.backup)
    close = threaded(ALMA.close)

    def attempt(
        self,
        task: str,
        *,
        agent: str,
        domain: str | None = None,
        user: str | None = None,
        workflow_id: str | None = None,
        source: str | None = None,
        origin: str | None = None,
    ) -> AsyncAttempt:
        """As ALMA.attempt, with `async with`."""
        given = {
            "domain": domain,
            "user": user,
            "workflow_id": workflow_id,
            "source": source,
            "origin": origin,
        }
        return AsyncAttempt(self.sync.attempt(task, agent=agent, **given))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class AsyncAttempt:
    """One try at a task: entering retrieves and leaving learns, each in a thread. It gives the Attempt itself."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt

    async def __aenter__(self) -> Attempt:
        return await asyncio.to_thread(self._attempt.__enter__)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._attempt.__exit__, kind, error, trace)
