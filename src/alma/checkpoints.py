"""The states of a workflow: saved one after another, and read only by those in whose hands it is."""

from __future__ import annotations

from alma.domain.errors import Conflict, WorkflowNotFound
from alma.domain.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.domain.workflow import Checkpoint
    from alma.gate import Gate
    from alma.store.protocol import Store


def save(store: Store, gate: Gate, draft: Checkpoint, *, expected: int | None) -> Checkpoint:
    """The checkpoint as it was saved. Raises Conflict, ScopeError, InvalidInput."""
    saved = _saved(store, gate, draft, expected)
    if saved is None:  # said here, for a refusal is a write of its own
        gate.refuse_here(f"{draft.workflow_id!r}", verb="checkpoint")
    return saved


def _saved(store: Store, gate: Gate, draft: Checkpoint, expected: int | None) -> Checkpoint | None:
    """The checkpoint as it was saved; None where the workflow is not in the hands of this door."""
    with store.writing() as ledger:
        latest = ledger.checkpoint(draft.workflow_id, None)
        if latest is not None and not gate.is_bound_to(latest.agent):
            return None
        version = latest.version if latest else 0
        if expected is not None and expected != version:
            raise Conflict(
                f"workflow {draft.workflow_id!r} is at version {version}, not {expected}: "
                "resume it and decide again",
                current=version,
            )
        if latest is not None:
            draft = replace(draft, task=draft.task or latest.task, agent=draft.agent or latest.agent)
        gate.require_named(draft.agent)
        return ledger.save(draft)


def saved(store: Store, gate: Gate, workflow_id: str, *, version: int | None) -> Checkpoint:
    """A saved state, the latest without a version. Raises WorkflowNotFound, ScopeError."""
    with store.reading() as now:
        found = now.checkpoint(workflow_id, version)
    if found is None or (found.agent is None and not gate.is_bound_to(None)):
        which = f" version {version}" if version is not None else ""
        raise WorkflowNotFound(f"there is no checkpoint of {workflow_id!r}{which}", sought=workflow_id)
    if not gate.is_bound_to(found.agent):
        gate.refuse_here(f"{workflow_id!r}", verb="resume")
    return found
