"""The loop as one block: retrieve on entering, learn on leaving."""

from __future__ import annotations

from alma.domain.errors import AlmaError
from alma.domain.recall import Learned, Recall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from alma.alma import ALMA


class Attempt:
    """One try at a task: retrieve on entering, learn on leaving.

    `recall` and `prompt` are what is known; set `strategy` to what was done (text, or the id that was followed).
    `succeed()`, `fail(why)` and `abandon()` say how it went; without them, leaving normally is a success and an
    exception is a failure with its text. Without a strategy, or on KeyboardInterrupt, nothing is learned.
    `learned` is what was learned, once the block was left.
    """

    def __init__(
        self,
        alma: ALMA,
        task: str,
        *,
        agent: str,
        user: str | None,
        domain: str | None,
        workflow_id: str | None,
        source: str | None,
        origin: str | None,
    ) -> None:
        self._alma = alma
        self._task = task
        self._agent = agent
        self._user = user
        self._domain = domain
        self._workflow_id = workflow_id
        self._source = source
        self._origin = origin
        self._result: float | None = None
        self._why: str | None = None
        self._abandoned = False
        self.strategy: str | None = None
        self.recall = Recall(id="", task=task, agent=agent)
        self.learned: Learned | None = None

    @property
    def prompt(self) -> str:
        """What is known, as text for a prompt."""
        return self.recall.to_prompt()

    def succeed(self) -> None:
        """It worked, whatever happens next."""
        self._result, self._why = 1.0, None

    def fail(self, why: str) -> None:
        """It did not work, and this is why."""
        self._result, self._why = 0.0, why

    def abandon(self) -> None:
        """Nothing is to be learned from this."""
        self._abandoned = True

    def __enter__(self) -> Attempt:
        self.recall = self._alma.retrieve(self._task, agent=self._agent, user=self._user)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        unfinished = error is not None and not isinstance(error, Exception)
        if self._abandoned or not self.strategy or isinstance(error, KeyboardInterrupt):
            return
        if self._result is None and unfinished:
            return
        if self._result is None:
            self._result, self._why = (
                (1.0, None) if error is None else (0.0, f"{type(error).__name__}: {error}")
            )
        try:
            self._learn()
        except AlmaError as problem:
            if error is None:
                raise
            # The block's own exception must not be hidden behind ours.
            error.add_note(f"nothing was learned from this attempt: {problem}")

    def _learn(self) -> None:
        self.learned = self._alma.learn(
            agent=self._agent,
            task=self._task,
            outcome=self._result or 0.0,
            strategy_used=self.strategy or "",
            domain=self._domain,
            error=self._why,
            recall=self.recall,
            workflow_id=self._workflow_id,
            source=self._source,
            origin=self._origin,
        )
