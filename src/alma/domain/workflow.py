"""A long task that can be resumed, and its saved states."""

from __future__ import annotations

from alma.domain.values import field, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from alma.domain.recall import Recall

OPEN, SUCCEEDED, FAILED = STATUSES = ("open", "succeeded", "failed")


@value
class Checkpoint:
    """One saved state. `version` counts from 1; `recall` is what is known now for its task and agent."""

    workflow_id: str
    version: int
    step: str | None
    state: object
    task: str | None
    agent: str | None
    created_at: datetime
    recall: Recall | None = field(default=None, compare=False)


@value
class Workflow:
    """A workflow at its latest checkpoint; `status` is open, succeeded or failed."""

    workflow_id: str
    status: str
    version: int
    step: str | None
    task: str | None
    agent: str | None
    updated_at: datetime
