"""The verbs. Each is three moves: read, decide with a rule that knows no store, write events."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from alma import plugins, reader
from alma.attempt import Attempt
from alma.config.loading import load
from alma.config.places import Transcripts, make_folder, transcripts
from alma.config.value import Config
from alma.domain import ledger as events
from alma.domain import workflow as workflows
from alma.domain.action import Action
from alma.domain.door import Door
from alma.domain.errors import (
    Conflict,
    InvalidInput,
    MemoryNotFound,
    ScopeError,
    StoreError,
    WorkflowNotFound,
)
from alma.domain.imported import Imported
from alma.domain.later import Later
from alma.domain.ledger import SIGNALS, Event, Stats
from alma.domain.memory import (
    IMPORT,
    KINDS,
    WORD,
    AntiPattern,
    Heuristic,
    Knowledge,
    Memory,
    Outcome,
    Preference,
    proposed_for,
    text_of,
    user_owner,
)
from alma.domain.reach import Kept, Nominee, Reach
from alma.domain.recall import Caution, Explanation, Learned, Recall, Told
from alma.domain.review import Pending, Sighting
from alma.domain.scope import UNSORTED, Agent, View
from alma.domain.values import replace
from alma.domain.workflow import Checkpoint, Workflow
from alma.gate import Gate, kept_in
from alma.meaning import Meaning, WordsAlone
from alma.reader import Question
from alma.rules import cautions, indexing, signatures, trust, writing
from alma.rules.grouping import grouping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self, TypeVar

    from alma import arrears, inquiry, moving, proposing, retention
    from alma.capture.finding import Finding
    from alma.domain.report import Report
    from alma.noticing import Noticing
    from alma.rules import explaining, exposure, facts, learning, listing, ranking, transfer
    from alma.rules.briefing import Briefing
    from alma.rules.evidence import Record
    from alma.sessions import Sessions
    from alma.store.protocol import Snapshot, Store

    M = TypeVar("M", bound=Memory)
else:
    arrears, inquiry, moving = Later("alma.arrears"), Later("alma.inquiry"), Later("alma.moving")
    proposing, retention = Later("alma.proposing"), Later("alma.retention")
    explaining, exposure = Later("alma.rules.explaining"), Later("alma.rules.exposure")
    facts, learning = Later("alma.rules.facts"), Later("alma.rules.learning")
    listing, ranking = Later("alma.rules.listing"), Later("alma.rules.ranking")
    transfer = Later("alma.rules.transfer")

MOST_LISTED = 1000
_ID = r"(?:b-o|[ohakp])-[a-z2-7]{10}|u-[0-9a-f]{12}"


class ALMA:
    """The memory of one project, opened with `ALMA.open` or `ALMA.from_config`. Several threads may share it."""

    def __init__(
        self,
        config: Config,
        store: Store,
        *,
        door: Door | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        meaning: Meaning | None = None,
    ) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._meaning = meaning or Meaning(config.embedder, config.scopes.domains)
        self._gate = Gate(config, store, door=door or Door(), clock=clock, meaning=self._meaning)

    @classmethod
    def open(
        cls,
        store: str | None = None,
        *,
        project: str | None = None,
        agents: Mapping[str, Agent | Mapping[str, object]] | None = None,
        config: str | os.PathLike[str] | None = None,
    ) -> Self:
        """Open the memory of a project: the nearest `.alma/` upwards, else a new one here.

        `store` is a URL such as `sqlite:///.alma/alma.db`; `agents` are scopes as in the configuration file;
        `config` names such a file. Raises ConfigError, Untrusted, InvalidInput, StoreError.
        """
        return cls._opened(load(config, store=store, project=project, agents=agents))

    @classmethod
    def from_config(cls, path: str | os.PathLike[str]) -> Self:
        """Open the memory that a configuration file describes. Raises ConfigError, InvalidInput, StoreError."""
        return cls._opened(load(path))

    @classmethod
    def _opened(cls, config: Config, *, door: Door | None = None, has_model: bool = True) -> Self:
        if config.folder is not None and config.database is not None:
            inside = os.path.join(config.folder, ".alma") + os.sep
            if config.database.startswith(inside) and not os.path.exists(config.database):
                make_folder(config.folder)
        plugins.require_embedder(config.embedder)
        store = plugins.store(
            config.store_url,
            config.project,
            fallback_project=config.default_project,
            in_haste=not has_model,
        )
        meaning = None if has_model else WordsAlone(config.embedder, {})
        return cls(config, store, door=door, meaning=meaning)

    def _at(self, door: Door) -> ALMA:
        """The same memory seen from a door: who comes through it is bound to its agents, source and origin."""
        return ALMA(self._config, self._store, door=door, clock=self._clock, meaning=self._meaning)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- before -------------------------------------------------------------------------------------------------

    def retrieve(
        self,
        task: str,
        *,
        agent: str,
        user: str | None = None,
        strategies: Sequence[str] | None = None,
        top_k: int = 5,
        domains: Sequence[str] | None = None,
        kinds: Sequence[str] | None = None,
        as_of: datetime | None = None,
    ) -> Recall:
        """What is known before a task. Writes nothing, so it works on a read-only disk.

        `top_k` is for each kind. With `strategies`, `.advice` ranks exactly these, in the caller's own words.
        Where `holdout` is set, that share of recalls goes without what was earned (`.withheld`).
        `domains` and `kinds` narrow; `as_of` asks what was known, and which facts held, at that time. An agent
        that is not in `domains=` by its scope gets nothing from there. Raises InvalidInput, ScopeError (unknown
        agent where agents are strict), EmbedderMismatch, StoreError.
        """
        task = writing.text("task", task)
        question = Question(
            task=task,
            view=self._gate.view(agent),
            vector=self._meaning.vector(task),
            user=writing.name("user", user) if user is not None else None,
            strategies=None if strategies is None else writing.given("strategies", strategies),
            top_k=writing.whole("top_k", top_k, least=1, most=MOST_LISTED),
            domains=None if domains is None else writing.names("domains", domains),
            kinds=writing.kinds(kinds),
            as_of=writing.moment("as_of", as_of),
        )
        with self._store.reading() as now:
            return self._recalled(now, question)

    def _recalled(self, now: Snapshot, question: Question, *, first: Sequence[Nominee] = ()) -> Recall:
        if question.vector is not None:
            self._meaning.check(now)
        share = self._config.holdout if self._gate.door.follows else 0.0
        found = reader.recall(
            now,
            self._drawn(question, share) if share else question,
            half_life=self._config.half_life,
            at=self._clock(),
            explain=partial(self.explain, task=question.task, agent=question.view.agent.name),
            first=first,
        )
        return inquiry.recall_as_seen(now, found, question.view)

    # -- during -------------------------------------------------------------------------------------------------

    def _drawn(self, question: Question, share: float) -> Question:
        """A question for which a lot is drawn: within a conversation one for each task, however often it is asked."""
        origin = self._gate.door.origin
        if origin is None or question.workflow_id is not None:
            return replace(question, holdout=share, nonce=os.urandom(8).hex())
        task = indexing.task_key(question.task)
        return replace(
            question, holdout=share, unit=ranking.recall_id(origin, question.view.agent.name, task)
        )

    def _head(self) -> int:
        """The last event so far."""
        with self._store.reading() as now:
            return now.head()

    def warn(self, action: str | Action, *, agent: str, task: str | None = None) -> list[Caution]:
        """What this very action repeats: at most three cautions, alternative first. No model, no search.

        A plain string is looked at as a command and as text of an edit. `task` may be named, and then outcomes of
        that very task are counted as well. Raises InvalidInput, ScopeError, StoreError.
        """
        proposed = Action.of(action)
        view = self._gate.view(agent)
        tasks = [indexing.task_key(writing.text("task", task))] if task is not None else []
        reach = Reach(view=view, kinds=("anti_pattern", "outcome"))
        with self._store.reading() as now:
            repeats = reader.repeated(now, proposed, reach)
            keys = signatures.keys_of(proposed)
            once = reader.seen_once(now, proposed, view.agent.name, keys)
            if not repeats:
                return cautions.seen_once(once, proposed)
            failed = [one for one, _ in repeats if isinstance(one, Outcome) and not one.succeeded]
            tasks += [indexing.task_key(one.task) for one in failed]
            around = now.signed(
                replace(reach, kinds=("outcome",)),
                list(dict.fromkeys([*keys, *tasks])),
                limit=reader.SIGNED_NOMINEES,
            )
        found = cautions.cautions(repeats, around, agent=view.agent.name, half_life=self._config.half_life)
        return [*found, *cautions.seen_once(once, proposed)][: cautions.MOST]

    def _recall_in(self, session: Told, task: str, *, agent: str) -> Recall:
        """`retrieve` within a session for which, as a whole, lots are drawn. Writes nothing."""
        task = writing.text("task", task)
        question = Question(
            task=task,
            view=self._gate.view(agent),
            vector=self._meaning.vector(task),
            holdout=session.holdout,
            unit=session.id,
        )
        with self._store.reading() as now:
            return self._recalled(now, question)

    def _briefing(self, *, agent: str, max_tokens: int = 800, withholds: bool = False) -> Briefing:
        """What an agent is told before it has a task: what is stated, and the strongest beliefs. Writes nothing.

        With it come the preferences of who is logged in. It needs no model: beliefs are computed from what was tried
        on the very same task; one that `withholds` leaves them out, and says which.
        """
        from alma import briefing  # here: every `warn` would pay for it

        view = self._gate.view(agent)
        with self._store.reading() as now:
            return briefing.briefing(
                now,
                view,
                user=self._config.user,
                at=self._clock(),
                half_life=self._config.half_life,
                max_tokens=max_tokens,
                withholds=withholds,
            )

    # -- after --------------------------------------------------------------------------------------------------

    def learn(
        self,
        *,
        agent: str,
        task: str,
        outcome: str | bool | float,
        strategy_used: str,
        domain: str | None = None,
        error: str | None = None,
        feedback: str | None = None,
        duration: float | None = None,
        recall: Recall | None = None,
        workflow_id: str | None = None,
        source: str | None = None,
        origin: str | None = None,
        key: str | None = None,
        metadata: Mapping[str, object] | None = None,
    ) -> Learned:
        """Record how an attempt went, and say what that changed.

        `outcome` is "success" or "failure" in any case, a bool, or a number in [0, 1], a success from 0.5 on.
        `strategy_used` is text, or the id of an advice that was followed. `key` makes it exactly-once.
        A domain outside the agent's scope is refused: `accepted` is false and nothing is kept but the refusal.
        Raises InvalidInput, Conflict (the key was used for something else), MemoryNotFound (an unknown id),
        ScopeError, Untrusted, EmbedderMismatch, StoreError.
        """
        view = self._gate.view(agent)
        if recall is not None:
            exposure.require_recall(recall, agent=view.agent.name)
        draft = Outcome(
            **self._gate.entry(Outcome.prefix, view.agent.name, source, origin),  # type: ignore[arg-type]
            task=writing.text("task", task),
            strategy=_strategy(strategy_used),
            result=writing.result(outcome),
            why=writing.output("error", error),
            feedback=writing.output("feedback", feedback),
            duration=writing.number("duration", duration),
            workflow_id=None if workflow_id is None else writing.name("workflow_id", workflow_id),
            key=writing.key(key),
            metadata=writing.metadata(metadata),
        )
        return self._learn(draft, recall=recall, domain=domain)

    def _learn(
        self, draft: Outcome, *, recall: Recall | None, domain: str | None, instead_of: Outcome | None = None
    ) -> Learned:
        """Record an outcome where its agent may learn it, in place of another of the same attempt."""
        view = self._gate.view(draft.agent)
        draft = self._named_strategy(draft, recall, view)
        admission = self._gate.admission(view.agent, domain, f"{draft.task}\n{draft.strategy}")
        draft = replace(draft, domain=admission.domain)
        if admission.refused_because is not None:
            self._gate.refuse("learn", draft.agent, admission)
            return Learned(accepted=False, refused_because=admission.refused_because)
        return self._learned(draft, view, recall, instead_of)

    def _settle(self) -> bool:
        """Give vectors to what was recorded without a model, some at a time; whether more waits."""
        return arrears.settle(self._store, self._gate, self._meaning)

    def _learned(
        self, draft: Outcome, view: View, recall: Recall | None, instead_of: Outcome | None
    ) -> Learned:
        self._settle()
        vector = self._meaning.vector(draft.task)
        reach = Reach(view=view, kinds=("outcome",))
        with self._store.reading() as now:
            if draft.key is not None and (already := now.keyed(draft.key)):
                found = now.find(already.id)
                gone = found is None or found.forgotten
                return learning.again(draft, already, view=view, forgotten=gone)
            if vector is not None:
                self._meaning.check(now)
            nominees = reader.nominees(now, draft.task, reach, vector=vector)
            size, key = now.size(reach), grouping(now.joints())
            if recall is not None:
                said = reader.said_used(now, recall, agent=draft.agent)
                draft = exposure.noted(draft, recall, key=key, said_used=said)
            if instead_of is not None:
                draft = exposure.inherited(draft, instead_of)
        with self._store.writing() as ledger:
            if draft.key is not None and (already := ledger.keyed(draft.key)):
                return learning.again(draft, already, view=view)
            if problem := retention.make_room(ledger, self._gate, draft, leaving=instead_of):
                ledger.note(self._gate.refusal("learn", draft.agent, draft.domain, problem))
                return Learned(accepted=False, refused_because=problem)
            self._meaning.claim(ledger, vector)
            kept = ledger.remember(draft, vector=vector)
            assert isinstance(kept, Outcome)
            if instead_of is not None:
                retention.set_aside(ledger, self._gate, instead_of, seen=kept)
        half_life = self._config.half_life
        return learning.learned(
            kept, nominees, size=size, half_life=half_life, key=key, has_vector=vector is not None
        )

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
    ) -> Attempt:
        """The loop as one block: `with alma.attempt(task, agent=…) as attempt:`.

        Leaving it normally is a success, an exception a failure with its text; see Attempt.
        """
        return Attempt(
            self,
            task,
            agent=agent,
            user=user,
            domain=domain,
            workflow_id=workflow_id,
            source=source,
            origin=origin,
        )

    # -- stating ------------------------------------------------------------------------------------------------

    def add_heuristic(
        self,
        *,
        agent: str,
        condition: str,
        strategy: str,
        domain: str | None = None,
        source: str | None = None,
        origin: str | None = None,
    ) -> Heuristic:
        """State what works under a condition. Raises InvalidInput, ScopeError (refused, and in the log), Untrusted."""
        made = Heuristic(
            **self._gate.entry(Heuristic.prefix, agent, source, origin),  # type: ignore[arg-type]
            condition=writing.text("condition", condition),
            strategy=writing.text("strategy", strategy),
        )
        trust.require_instruction(made.source, kind="a heuristic")
        return self._state(made, domain)

    def add_anti_pattern(
        self,
        *,
        agent: str,
        pattern: str,
        why_bad: str,
        better_alternative: str | None = None,
        triggers: Sequence[str] | None = None,
        domain: str | None = None,
        source: str | None = None,
        origin: str | None = None,
    ) -> AntiPattern:
        """State what to avoid, why, and what to do instead.

        `triggers` are what `warn` looks for in an action; without them they are derived from the code-like words
        of the pattern. Raises InvalidInput, ScopeError (refused, and in the log), Untrusted.
        """
        pattern = writing.text("pattern", pattern)
        made = AntiPattern(
            **self._gate.entry(AntiPattern.prefix, agent, source, origin),  # type: ignore[arg-type]
            pattern=pattern,
            why_bad=writing.text("why_bad", why_bad),
            better_alternative=writing.optional_text("better_alternative", better_alternative),
            triggers=signatures.triggers_of(pattern) if triggers is None else writing.triggers(triggers),
        )
        trust.require_instruction(made.source, kind="an anti-pattern")
        return self._state(made, domain)

    def add_knowledge(
        self,
        *,
        agent: str,
        fact: str,
        domain: str | None = None,
        replaces: str | None = None,
        valid_from: datetime | None = None,
        valid_to: datetime | None = None,
        source: str | None = None,
        origin: str | None = None,
    ) -> Knowledge:
        """State a fact, and when it holds.

        `replaces` is the id of a fact that ends where this one begins; `retrieve(as_of=…)` still sees it. Facts
        that probably contradict this one are named in `.contradicts`, and both stand.
        Raises InvalidInput, MemoryNotFound, ScopeError (refused, and in the log), Untrusted.
        """
        begins, ends = writing.moment("valid_from", valid_from), writing.moment("valid_to", valid_to)
        if begins and ends and ends <= begins:
            raise InvalidInput("valid_to", "is not after valid_from")
        made = Knowledge(
            **self._gate.entry(Knowledge.prefix, agent, source, origin),  # type: ignore[arg-type]
            fact=writing.text("fact", fact),
            valid_from=begins,
            valid_to=ends,
            replaces=replaces,
        )
        old = self._replaced(made) if replaces is not None else None
        made = replace(made, contradicts=self._contradicted(made, apart_from=replaces))
        return self._state(made, domain, instead_of=old)

    def add_preference(
        self,
        *,
        user: str,
        preference: str,
        category: str | None = None,
        source: str | None = None,
        origin: str | None = None,
    ) -> Preference:
        """State what a user likes; it comes back when `retrieve` names that user. Raises InvalidInput, Untrusted."""
        user = writing.name("user", user)
        made = Preference(
            **self._gate.entry(Preference.prefix, user_owner(user), source, origin),  # type: ignore[arg-type]
            user=user,
            preference=writing.text("preference", preference),
            category=writing.optional_text("category", category, longest=200),
        )
        trust.require_instruction(made.source, kind="a preference")
        return self._state(made, None)

    def _state(self, made: M, domain: str | None, *, instead_of: Knowledge | None = None) -> M:
        """Keep a stated memory, or refuse it. Saying the same twice gives what was said first."""
        agent = Agent(made.agent) if isinstance(made, Preference) else self._gate.scopes.agent(made.agent)
        admission = self._gate.admission(agent, domain, text_of(made))
        if admission.refused_because is not None:
            self._gate.refuse(f"add_{made.kind}", made.agent, admission)
            raise ScopeError(admission.refused_because, agent=made.agent, domain=admission.domain)
        made = replace(made, domain=admission.domain)
        vector = self._meaning.vector(text_of(made))
        own = Reach(view=View(Agent(made.agent), (made.agent,)), kinds=(made.kind,), domains=(made.domain,))
        with self._store.writing() as ledger:
            for said in ledger.signed(own, [indexing.said_key(made)], limit=5):
                if instead_of is None and facts.is_said_again(said.memory, made, at=self._clock()):
                    return said.memory  # type: ignore[return-value]
            self._meaning.claim(ledger, vector)
            problem = retention.make_room(ledger, self._gate, made, leaving=instead_of)
            if problem is None:
                kept = ledger.remember(made, vector=vector)
            if problem is None and instead_of is not None and isinstance(kept, Knowledge):
                kept_in(ledger, instead_of.id)  # somebody may have forgotten it meanwhile
                retention.end(ledger, self._gate, instead_of.id, kept)
        if problem is not None:
            self._gate.refuse_to(f"add_{made.kind}", made.agent, made.domain, problem)
            raise ScopeError(problem, agent=made.agent, domain=made.domain)
        return kept  # type: ignore[return-value]

    def _replaced(self, made: Knowledge) -> Knowledge:
        old = self._gate.found(writing.name("replaces", made.replaces)).memory
        if not isinstance(old, Knowledge):
            raise InvalidInput("replaces", f"{made.replaces} is not knowledge", allowed="the id of a fact")
        if old.owner != made.agent:
            problem = f"{old.id} is not {made.agent}'s own, so {made.agent} cannot replace it"
            self._gate.refuse_to("add_knowledge", made.agent, None, problem)
            raise ScopeError(problem, agent=made.agent)
        if old.valid_to is not None and old.valid_to <= made.created_at:
            raise Conflict(
                f"{old.id} has already ended ({old.valid_to:%Y-%m-%d}); replace what followed it",
                current=old.id,
            )
        trust.require_standing(made.source, old.source, what="replace")
        return old

    def _contradicted(self, made: Knowledge, *, apart_from: str | None) -> tuple[str, ...]:
        reach = Reach(view=self._gate.view(made.agent), kinds=(made.kind,))
        with self._store.reading() as now:
            near = reader.facts_near(now, made, reach)
        return facts.contradicted(made, [one for one in near if one.id != apart_from])

    # -- feedback and lists -------------------------------------------------------------------------------------

    def feedback(
        self, memory_id: str, *, signal: str, agent: str | None = None, note: str | None = None
    ) -> Event:
        """Say something of a memory; gives the event that records it.

        `used`: it was followed. `helpful`, `harmful`: evidence, weighed like an outcome of the same source.
        `wrong`: only from a person; silenced until `restore`. `same`, `not_same`: two strategies are, or are not,
        one; `note` is the id of the other. With `agent` it is a model that speaks: `wrong` is refused, `same` and
        `not_same` are on record and move nothing. Raises InvalidInput, MemoryNotFound, ScopeError, Untrusted.
        """
        if signal not in SIGNALS:
            raise InvalidInput("signal", f"{signal!r} is unknown", allowed=", ".join(SIGNALS))
        view = self._gate.view(agent) if agent is not None else None
        about = self._gate.readable(memory_id, view, verb="feedback").memory
        if view is None:  # who names no agent speaks in the owner's name
            self._gate.require_own(about, verb="feedback")
        speaker = agent or about.owner
        if signal in ("same", "not_same"):
            return self._join(about, note, same=signal == "same", speaker=speaker, view=view)
        if signal == "wrong":
            trust.require_person(
                self._gate.door.source if agent is None else WORD, what="call a memory wrong"
            )
            self.forget(memory_id, reason="wrong")
        details = {"signal": signal, "note": writing.output("note", note)}
        event = self._gate.event(events.FEEDBACK, speaker, self._gate.door.source, memory_id, **details)
        if signal in ("helpful", "harmful"):
            self._count_as_outcome(memory_id, about, speaker, helped=signal == "helpful", note=note)
        with self._store.writing() as ledger:
            return ledger.note(event)

    def _count_as_outcome(
        self, memory_id: str, about: Memory, speaker: str, *, helped: bool, note: str | None
    ) -> None:
        """Evidence is evidence: what was said of a memory becomes an outcome of its strategy on its task."""
        belief = about
        if memory_id.startswith("b-") and isinstance(about, Outcome):
            with self._store.reading() as now:
                records = self._around(now, about, view=None)
            belief = explaining.belief_of(about, explaining.record_of(about, records), records)
        said = learning.as_outcome(belief, about, helped=helped)
        if said is not None:
            task, strategy, result = said
            learned = self.learn(
                agent=speaker,
                task=task,
                outcome=result,
                strategy_used=strategy,
                domain=about.domain,
                error=None if result else note,
                metadata={"feedback_on": memory_id},
            )
            if not learned.accepted:
                problem = f"what was said of {memory_id} cannot be counted: {learned.refused_because}"
                raise ScopeError(problem, agent=speaker, domain=about.domain)

    def _join(
        self, one: Memory, other_id: str | None, *, same: bool, speaker: str, view: View | None
    ) -> Event:
        if other_id is None:
            raise InvalidInput(
                "note", "is missing", allowed="the id of the other strategy's outcome or belief"
            )
        other = self._gate.readable(other_id, view, verb="feedback").memory
        if not isinstance(one, Outcome) or not isinstance(other, Outcome):
            raise InvalidInput(
                "memory_id", "only strategies can be the same", allowed="ids of outcomes or beliefs"
            )
        if one.strategy == other.strategy:
            raise InvalidInput(
                "note", "names a strategy in the very same words", allowed="the id of one in other words"
            )
        source = self._gate.door.source if view is None else trust.of_agent(self._gate.door.source)
        details: dict[str, object] = {"other": other.id, "same": same}
        with self._store.writing() as ledger:
            return ledger.note(self._gate.event(events.JOINED, speaker, source, one.id, **details))

    def memories(
        self,
        *,
        agent: str | None = None,
        kind: str | None = None,
        query: str | None = None,
        stated: bool | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> list[Memory]:
        """What is remembered, newest first, beliefs among it; `after` is the last id of the page before.

        With an agent, what that agent may read; without, everything (through a bound door, what any of its agents
        may read). An outcome that is counted in a listed belief is not listed again. `query` keeps what shares a
        word with it. At most 1,000. Raises InvalidInput, MemoryNotFound (of `after`), ScopeError.
        """
        kind = writing.kinds([kind])[0] if kind is not None else None
        limit = writing.whole("limit", limit, least=1, most=MOST_LISTED)
        terms = indexing.term_set(writing.text("query", query)) if query is not None else None
        view = self._gate.view(agent) if agent is not None else None
        with self._store.reading() as now:
            reach = Reach(view=view or self._gate.whole_view(now), kinds=tuple(KINDS))
            found = (one for one in reader.walk(now, reach) if terms is None or listing.says(one, terms))
            shown = listing.listed(
                found, kind=kind, stated=stated, around=partial(self._around, now, view=view)
            )
            after = writing.name("after", after) if after is not None else None
            page = listing.page(shown, limit=limit, after=after)
            if view is None and self._gate.door.agents is None:
                return page
            return [inquiry.as_seen(now, one, view or self._gate.eyes(one)) for one in page]

    def _around(self, now: Snapshot, outcome: Outcome, *, view: View | None) -> tuple[Record, ...]:
        view = view or self._gate.eyes(outcome)
        return reader.around_outcome(now, outcome, view, half_life=self._config.half_life)

    def explain(self, memory_id: str, *, task: str | None = None, agent: str | None = None) -> Explanation:
        """Why a memory is believed: outcomes for and against, numbers, who sees it, what would change it.

        A belief is computed at `task`, else at the task it is named after. Only what `agent` (default: the
        owner, or through a bound door one of its agents) may read is shown. Raises MemoryNotFound; ScopeError where
        the agent may not read it.
        """
        view = self._gate.view(agent) if agent is not None else None
        about = self._explained(memory_id, view)
        seen = view or self._gate.eyes(about)
        task = writing.text("task", task) if task is not None else None
        vector = self._meaning.vector(task) if task is not None else None
        with self._store.reading() as now:
            if vector is not None:
                self._meaning.check(now)
            known = vector if task is not None else kept_in(now, about.id).vector
            about = inquiry.as_seen(now, inquiry.with_others(now, about, seen), seen)
            scene = inquiry.scene(now, about, seen, task=task, vector=known, half_life=self._config.half_life)
            all_of_it = view is None and self._gate.door.agents is None
            history = inquiry.history(now, memory_id, about, None if all_of_it else seen, scene)
            contradictions = inquiry.contradictions(now, about, seen)
            lasting = inquiry.lasting(now, about, at=self._clock())
        return explaining.explanation(
            about,
            scene,
            as_belief=memory_id.startswith("b-"),
            seen_by=explaining.readers(about, self._gate.scopes),
            history=history,
            contradictions=contradictions,
            lasting=lasting,
        )

    def _explained(self, memory_id: str, view: View | None) -> Memory:
        """The memory, if this view may read it. Raises MemoryNotFound, which names ids that look like it."""
        if writing.name("memory_id", memory_id).startswith("u-"):
            raise MemoryNotFound(
                f"{memory_id} is a strategy that was never tried, so nothing is believed of it yet",
                sought=memory_id,
            )
        try:
            return self._gate.readable(memory_id, view, verb="explain").memory
        except MemoryNotFound as error:
            with self._store.reading() as now:
                if now.find(memory_id.removeprefix("b-")) is not None:
                    raise
                found = inquiry.alike(now, memory_id, view or self._gate.whole_view(now))
            meant = (
                f"did you mean {' or '.join(found)}?"
                if found
                else "`memories`, or `alma list`, shows what there is"
            )
            raise MemoryNotFound(f"{error}; {meant}", sought=memory_id) from None

    # -- reviewing ----------------------------------------------------------------------------------------------

    def _propose(
        self,
        kind: str,
        *,
        agent: str,
        rule: str,
        origin: str,
        evidence: Sequence[str] = (),
        source: str = WORD,
        **fields: object,
    ) -> Memory | None:
        """Keep what was noticed and said by nobody: for review, or, once a second session shows it, as stated.

        `kind` is `anti_pattern` or `preference`, with the fields of the verb that states one. None where it is not
        wanted: it was rejected, or was seen in this session already. Raises InvalidInput, ScopeError, StoreError.
        """
        name = self._gate.view(agent).agent.name
        doubted = trust.of_agent(source)  # it was guessed, however sure the result was
        made = proposing.drafted(self._gate, kind, name, fields, source=doubted, origin=origin)
        noted = [said for one in evidence if (said := writing.output("evidence", one))]
        seen = Sighting(
            at=self._clock(),
            origin=made.origin,
            rule=writing.name("rule", rule),
            source=made.source,
            evidence=tuple(noted),
        )
        return proposing.propose(self._store, self._gate, self._meaning, made, seen)

    def _notice(
        self,
        findings: Iterable[Finding],
        *,
        agent: str,
        origin: str,
        source: str,
        told: Told | None = None,
        since: int = 0,
    ) -> None:
        """Take in what a session showed, and what it had `told`. Its attempt began after the event `since`.

        Raises InvalidInput, ScopeError, Untrusted, StoreError.
        """
        taking = self._noticing(agent, origin, told, since)
        for one in findings:
            taking.take(one, source=source)

    def _noticing(self, agent: str, origin: str, told: Told | None = None, since: int = 0) -> Noticing:
        from alma import briefing  # here, with what reads sessions: every `warn` would pay for it
        from alma.noticing import Noticing

        def recalled(named: Iterable[str]) -> Recall | None:
            if told is None:
                return None
            with self._store.reading() as now:
                return briefing.recalled(now, told, agent=agent, named=named)

        return Noticing(
            self._store,
            self._gate,
            learn=self._learn,
            propose=self._propose,
            recalled=recalled,
            agent=agent,
            user=self._config.user,
            origin=origin,
            since=since,
        )

    def review(self, *, agent: str | None = None, limit: int = 50) -> list[Pending]:
        """What was proposed, then what was learned without anybody saying so, and nobody has looked at yet.

        Newest first, at most 1,000; of one agent, or of all. Raises InvalidInput, ScopeError.
        """
        limit = writing.whole("limit", limit, least=1, most=MOST_LISTED)
        named = self._gate.view(agent).agent.name if agent is not None else None
        if named is None:
            self._gate.require_unbound(verb="review everybody's memories")
        with self._store.reading() as now:
            agents = [named] if named is not None else proposing.reviewed(now)
            return proposing.pending(now, agents, limit=limit)

    def keep(self, /, memory_id: str, **fields: object) -> Memory:
        """Confirm what `review` lists, in other words where fields are given; from then on a person stands behind it.

        Raises InvalidInput (nothing to review; an outcome in other words), MemoryNotFound, ScopeError, Untrusted.
        """
        about = self._reviewed(memory_id, verb="keep")
        if proposed_for(about) is None:
            return self._confirmed(about, fields)
        if fields:
            writing.require_revisable(about, memory_id, fields)
        new = proposing.stated(about, source=self._gate.door.source, **writing.revised(about, fields))
        self._require_admission(new, text_of(new))
        vector = self._meaning.vector(text_of(new))
        with self._store.writing() as ledger:
            if kept_in(ledger, memory_id).memory != about:
                raise Conflict(
                    f"{memory_id} was changed by somebody else; nothing was written", current=memory_id
                )
            if problem := retention.make_room(ledger, self._gate, new):
                raise ScopeError(problem, agent=new.agent, domain=new.domain)
            self._meaning.claim(ledger, vector, since=new.seq - 1)
            was = {name: writing.plain(getattr(about, name)) for name in fields}
            event = self._verdict(about, "kept", owner=new.agent, was=was or None)
            ledger.rewrite(new, event, vector=vector)
        return new

    def _confirmed(self, about: Memory, fields: Mapping[str, object]) -> Memory:
        """What counts already: in a person's words, or with a person's word that it is so."""
        kept = self.revise(about.id, **fields) if fields else about
        with self._store.writing() as ledger:
            kept_in(ledger, about.id)
            ledger.note(self._verdict(about, "kept", owner=about.agent))
        return kept

    def reject(self, memory_id: str, *, reason: str = "rejected in review") -> Memory:
        """Reject what `review` lists: a proposal is never made again, and what counted counts no longer.

        `restore` undoes the second. Raises InvalidInput (nothing to review), MemoryNotFound, ScopeError, Untrusted.
        """
        about, reason = self._reviewed(memory_id, verb="reject"), writing.text("reason", reason)
        if proposed_for(about) is None:
            return self._forgotten([about], memory_id, reason=reason)[0]
        with self._store.writing() as ledger:
            kept_in(ledger, memory_id)
            event = self._verdict(about, "rejected", owner=about.agent, reason=reason)
            ledger.rewrite(proposing.rejected(about), event, vector=None)
        return about

    def _reviewed(self, memory_id: str, *, verb: str) -> Memory:
        """What a person decides about."""
        trust.require_person(self._gate.door.source, what=f"{verb} what was learned")
        about = self._gate.found(memory_id).memory
        if not self._gate.is_bound_to(proposed_for(about) or about.owner):
            self._gate.refuse_here(memory_id, verb=verb)
        with self._store.reading() as now:
            proposing.require_noticed(now, about)
        return about

    def _verdict(self, about: Memory, verdict: str, *, owner: str, **details: object) -> Event:
        source = self._gate.door.source
        return self._gate.event(events.REVIEWED, owner, source, about.id, verdict=verdict, **details)

    # -- changing one's mind ------------------------------------------------------------------------------------

    def revise(self, /, memory_id: str, **fields: object) -> Memory:
        """A stated memory in new words; the old wording stays in its history.

        Where a person, or a program, revises it, it is theirs from then on: a model can no longer change it.
        Raises InvalidInput (an outcome, or a field that it does not have), MemoryNotFound, Untrusted.
        """
        old = self._revisable(self._gate.found(memory_id), memory_id, fields)
        self._require_admission(old, text_of(_revision(old, fields)))
        vector = self._meaning.vector(text_of(_revision(old, fields)))
        with self._store.writing() as ledger:
            # Read again: somebody else may have revised another field meanwhile.
            kept = self._revisable(kept_in(ledger, memory_id), memory_id, fields)
            source = trust.vouched(kept.source, by=self._gate.door.source)
            new = replace(_revision(kept, fields), source=source)
            if text_of(new) != text_of(_revision(old, fields)):
                vector = self._meaning.vector(text_of(new))
            self._meaning.claim(ledger, vector)
            was = {name: writing.plain(getattr(kept, name)) for name in writing.revised(kept, fields)}
            was |= {"source": kept.source} if source != kept.source else {}
            event = self._gate.event(events.REVISED, kept.agent, self._gate.door.source, kept.id, was=was)
            ledger.rewrite(new, event, vector=vector)
        return new

    def _require_admission(self, old: Memory, text: str) -> None:
        """New words must not carry a memory into what its agent may not learn."""
        if not isinstance(old, Preference):
            admission = self._gate.admission(self._gate.scopes.agent(old.agent), None, text)
            if admission.refused_because is not None and admission.domain not in (UNSORTED, old.domain):
                self._gate.refuse("revise", old.agent, admission)
                raise ScopeError(admission.refused_because, agent=old.agent, domain=admission.domain)

    def _revisable(self, kept: Kept, memory_id: str, fields: Mapping[str, object]) -> Memory:
        """The memory, if whoever is at the door may revise these fields of it."""
        self._gate.require_own(kept.memory, verb="revise")
        writing.require_revisable(kept.memory, memory_id, fields)
        trust.require_standing(self._gate.door.source, kept.memory.source, what="revise")
        return kept.memory

    def forget(
        self,
        memory_id: str | None = None,
        *,
        agent: str | None = None,
        origin: str | None = None,
        source: str | None = None,
        older_than: str | timedelta | datetime | None = None,
        reason: str,
        dry_run: bool = False,
    ) -> list[Memory]:
        """Silence memories until `restore`: one by its id, or all that match every filter; gives what they are.

        A belief's id stands for the outcomes that are counted in it. `dry_run` only says what would be forgotten.
        Raises InvalidInput (neither an id nor a filter, or both), MemoryNotFound, Untrusted.
        """
        reason = writing.text("reason", reason)
        given = {"agent": agent, "origin": origin, "source": source}
        filters = {name: writing.name(name, value) for name, value in given.items() if value is not None}
        if source is not None:
            trust.require_known(source)
        before = writing.before("older_than", older_than, now=self._clock())
        if (memory_id is None) == (before is None and not filters):
            problem = "is missing" if memory_id is None else "an id or filters, not both"
            raise InvalidInput(
                "memory_id", problem, allowed="an id, or agent=, origin=, source= or older_than="
            )
        if memory_id is not None:
            found = self._meant_by(memory_id)
        else:
            with self._store.reading() as now:
                found = now.matching(agent=agent, origin=origin, source=source, before=before)
        found = [one for one in found if self._gate.is_of_door(one, named=memory_id is not None)]
        for one in found:
            trust.require_standing(self._gate.door.source, one.source, what="forget")
        if dry_run or not found:
            return found
        return self._forgotten(found, memory_id, reason=reason, **filters)

    def _forgotten(self, found: Sequence[Memory], memory_id: str | None, **why: str) -> list[Memory]:
        """Forget what is still there, in one event that says why."""
        with self._store.writing() as ledger:
            kept = [ledger.find(one.id) for one in found]
            live = [one.memory for one in kept if one is not None and not one.forgotten]
            if live:
                alone = memory_id is not None or len({one.agent for one in live}) == 1
                owner = live[0].agent if alone else ""
                event = self._gate.event(events.FORGOTTEN, owner, self._gate.door.source, memory_id, **why)
                ledger.forget(live, event)
                retention.reopen(ledger, self._gate, live, at=self._clock())
        return live

    def _meant_by(self, memory_id: str) -> list[Memory]:
        """The memory itself; of a belief, the outcomes that are counted in it where it is named."""
        about = self._gate.found(memory_id).memory
        self._gate.require_own(about, verb="forget")
        if not memory_id.startswith("b-") or not isinstance(about, Outcome):
            return [about]
        with self._store.reading() as now:
            record = explaining.record_of(about, self._around(now, about, view=None))
        counted = [one.outcome for one in record.weighed if one.counted] if record else [about]
        for one in counted:
            self._gate.require_own(one, verb="forget")
        return list(counted)

    def restore(self, memory_id: str | int) -> list[Memory]:
        """Bring back what was forgotten under this id, or by the event of this number: a whole rollback, undone.

        It makes room as a write does where a quota is full. Raises MemoryNotFound where nothing is forgotten (through
        a bound door: nothing that is all its agents'), ScopeError where nothing can make room, Untrusted.
        """
        name = writing.name("memory_id", str(memory_id) if type(memory_id) is int else memory_id)
        with self._store.reading() as now:
            kept = [now.find(one) for one in now.forgotten(name)]
        gone = [one.memory for one in kept if one is not None and one.forgotten]
        is_ours = partial(self._gate.is_of_door, named=not name.isdecimal())
        # Numbers can be counted through: what others had, or have a part in, must look like nothing at all.
        if not gone or not all(map(is_ours, gone)):
            raise MemoryNotFound(f"nothing that was forgotten as {name} can be restored", sought=name)
        vectors = {one.id: self._meaning.vector(text_of(one)) for one in gone}
        undone = {"undoes": int(name)} if name.isdecimal() else {}
        with self._store.writing() as ledger:
            still = ledger.forgotten(name)
            back = [one for one in gone if one.id in still]
            for one in back:
                trust.require_undoing(self._gate.door.source, still[one.id])
            self._meaning.claim(ledger, next(filter(None, vectors.values()), None))
            owner = back[0].agent if len({one.agent for one in back}) == 1 else ""
            problem = retention.make_room(ledger, self._gate, *back)
            if back and problem is None:
                about = None if undone else name
                event = self._gate.event(events.RESTORED, owner, self._gate.door.source, about, **undone)
                ledger.restore(back, event, vectors=[vectors[one.id] for one in back])
                retention.end_again(ledger, self._gate, back)
        if problem is not None:
            self._gate.refuse_to("restore", owner, None, problem)
            raise ScopeError(problem, agent=owner)
        return back

    def purge(self, older_than: str | timedelta | datetime | None = None) -> list[str]:
        """Remove for good what was forgotten (longer ago than `older_than`); gives the ids that are gone.

        No byte of their texts is left in the file. Raises InvalidInput, StoreError (a byte is left).
        """
        self._gate.require_unbound(verb="purge")
        before = writing.before("older_than", older_than, now=self._clock())
        said = {"forgotten_before": writing.plain(before)} if before is not None else {}
        event = self._gate.event(events.PURGED, "", self._gate.door.source, None, **said)
        with self._store.writing() as ledger:
            texts = ledger.forgotten_texts(before=before)
            gone = ledger.purge(event, before=before)
        self._store.scrub(texts)
        return gone

    # -- workflows ----------------------------------------------------------------------------------------------

    def checkpoint(
        self,
        workflow_id: str,
        *,
        state: object,
        task: str | None = None,
        step: str | None = None,
        agent: str | None = None,
        expected_version: int | None = None,
    ) -> Checkpoint:
        """Save a workflow's state: any JSON up to 16 MiB, kept durably or not at all.

        `task` and `agent` are kept from the version before where they are not named; a door that is bound to one
        agent names it. Raises Conflict when the latest version is not `expected_version` (0: there is none yet),
        InvalidInput, ScopeError, StoreError.
        """
        agent = agent if agent is not None else self._gate.only_agent
        draft = Checkpoint(
            workflow_id=writing.name("workflow_id", workflow_id),
            version=0,
            step=writing.optional_text("step", step),
            state=writing.json_value("state", state),
            task=writing.optional_text("task", task),
            agent=self._gate.view(agent).agent.name if agent is not None else None,
            created_at=self._clock(),
        )
        if expected_version is not None:
            writing.whole("expected_version", expected_version, least=0, most=1 << 53)
        saved = self._saved(draft, expected_version)
        if saved is None:  # said here, for a refusal is a write of its own
            self._gate.refuse_here(f"{workflow_id!r}", verb="checkpoint")
        return saved

    def _saved(self, draft: Checkpoint, expected_version: int | None) -> Checkpoint | None:
        """The checkpoint as it was saved; None where the workflow is not in the hands of this door."""
        with self._store.writing() as ledger:
            latest = ledger.checkpoint(draft.workflow_id, None)
            if latest is not None and not self._gate.is_bound_to(latest.agent):
                return None
            version = latest.version if latest else 0
            if expected_version is not None and expected_version != version:
                raise Conflict(
                    f"workflow {draft.workflow_id!r} is at version {version}, not {expected_version}: "
                    "resume it and decide again",
                    current=version,
                )
            if latest is not None:
                draft = replace(draft, task=draft.task or latest.task, agent=draft.agent or latest.agent)
            self._gate.require_named(draft.agent)
            return ledger.save(draft)

    def resume(self, workflow_id: str, *, version: int | None = None) -> Checkpoint:
        """The latest checkpoint, with what is known now for its task and agent in `.recall`.

        What this workflow's own outcomes taught comes first. A workflow without an agent is not to be had through a
        bound door. Raises WorkflowNotFound, ScopeError.
        """
        workflow_id = writing.name("workflow_id", workflow_id)
        if version is not None:
            writing.whole("version", version, least=1, most=1 << 53)
        with self._store.reading() as now:
            found = now.checkpoint(workflow_id, version)
        if found is None or (found.agent is None and not self._gate.is_bound_to(None)):
            which = f" version {version}" if version is not None else ""
            raise WorkflowNotFound(f"there is no checkpoint of {workflow_id!r}{which}", sought=workflow_id)
        if not self._gate.is_bound_to(found.agent):
            self._gate.refuse_here(f"{workflow_id!r}", verb="resume")
        return replace(found, recall=self._recall_of(found))

    def _recall_of(self, found: Checkpoint) -> Recall:
        if found.task is None or found.agent is None:
            return Recall(
                id=ranking.recall_id(found.workflow_id),
                task=found.task or "",
                agent=found.agent or "",
                why_empty="the checkpoint names no task, or no agent",
            )
        view = self._gate.view(found.agent)
        vector = self._meaning.vector(found.task)
        question = Question(task=found.task, view=view, vector=vector, workflow_id=found.workflow_id)
        with self._store.reading() as now:
            return self._recalled(now, question, first=reader.of_workflow(now, view, found.workflow_id))

    def workflows(self, *, agent: str | None = None, status: str | None = None) -> list[Workflow]:
        """Workflows, the latest first; `status` is open, succeeded or failed. Raises InvalidInput."""
        if status is not None and status not in workflows.STATUSES:
            raise InvalidInput("status", f"{status!r} is unknown", allowed=", ".join(workflows.STATUSES))
        agent = writing.agent(agent) if agent is not None else None
        with self._store.reading() as now:
            found = now.workflows(agent=agent, status=status)
        bound = self._gate.door.agents
        return found if bound is None else [one for one in found if one.agent in bound]

    def finish(
        self, workflow_id: str, *, outcome: str | bool | float, strategy_used: str | None = None
    ) -> Learned:
        """Close a workflow, and learn its outcome where a strategy is named and its task and agent are known.

        Raises WorkflowNotFound, InvalidInput, and what `learn` raises.
        """
        latest = self.resume(workflow_id)
        result = writing.result(outcome)
        learned = Learned(
            accepted=False, refused_because="no strategy was named, or the workflow has no task or agent"
        )
        if strategy_used is not None and latest.task is not None and latest.agent is not None:
            learned = self.learn(
                agent=latest.agent,
                task=latest.task,
                outcome=result,
                strategy_used=strategy_used,
                workflow_id=workflow_id,
            )
        status = workflows.SUCCEEDED if result >= 0.5 else workflows.FAILED
        event = self._gate.event(
            events.FINISHED,
            latest.agent or "",
            self._gate.door.source,
            None,
            workflow_id=workflow_id,
            status=status,
        )
        with self._store.writing() as ledger:
            ledger.finish(workflow_id, status, event)
        return learned

    # -- the store ----------------------------------------------------------------------------------------------

    def stats(self) -> Stats:
        """Counts and sizes; through a door that is bound to agents, of these alone."""
        with self._store.reading() as now:
            return now.stats(agents=self._gate.door.agents)

    def report(self, *, agent: str | None = None) -> Report:
        """Whether memory helps: attempts that were shown what was earned against those that went without it.

        Of one agent's attempts, or of all (through a bound door: of its agents). What lots are drawn for is
        `holdout` in the configuration. What was forgotten counts in the comparison until it is purged.
        Raises InvalidInput, ScopeError.
        """
        from alma.rules import benefit  # here: every `warn` would pay for it

        view = self._gate.view(agent) if agent is not None else None
        agents = (agent,) if agent is not None else self._gate.door.agents
        with self._store.reading() as now:
            eyes = view or self._gate.whole_view(now)
            whose = eyes if agents is None else replace(eyes, owners=agents)
            reach, key = Reach(view=whose, kinds=(Outcome.kind,)), grouping(now.joints())
            gone = now.forgotten_outcomes(agents=agents)
            return benefit.report(
                reader.walk(now, reach),
                agent=agent,
                holdout=self._config.holdout,
                key=key,
                find=partial(self._reported, now, eyes),
                forgotten=filter(reach.holds, gone),
                is_avoided=partial(self._is_avoided, now, key),
            )

    def _is_avoided(self, now: Snapshot, key: Callable[[str], str], agent: str, strategy: str) -> bool:
        """Whether an agent is told to avoid a strategy."""
        stated = reader.walk(now, Reach(view=self._gate.scopes.view(agent), kinds=(AntiPattern.kind,)))
        return ranking.avoided((one for one in stated if isinstance(one, AntiPattern)), key=key)(strategy)

    @staticmethod
    def _reported(now: Snapshot, eyes: View, memory_id: str) -> Memory | None:
        kept = now.find(memory_id.removeprefix("b-"))
        if kept is None or kept.forgotten:
            return None
        return kept.memory if eyes.may_read(kept.memory.owner, kept.memory.domain) else None

    def log(self, *, after: int | None = None, limit: int = 100) -> list[Event]:
        """The audit trail, in order: what follows event `after`, or the latest. Refusals are in it."""
        limit = writing.whole("limit", limit, least=1, most=MOST_LISTED)
        if after is not None:
            writing.whole("after", after, least=0, most=1 << 62)
        with self._store.reading() as now:
            found = now.events(after=after, limit=limit, agents=self._gate.door.agents)
            view = self._gate.door_view()
            return found if view is None else [inquiry.logged(now, one, view) for one in found]

    def export(self, path: str | os.PathLike[str]) -> int:
        """Write everything as JSON Lines with a checksum; gives the number of records.

        Raises Conflict if there is something at `path`, StoreError if it cannot be written.
        """
        self._gate.require_unbound(verb="export")
        with self._store.reading() as now:
            return moving.exported(now, os.fspath(path))

    def import_(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        format: str = "alma",  # noqa: A002 (a public name)
        agent: str | None = None,
        dry_run: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> Imported:
        """Take in an export, or past sessions of another program; gives how many memories are new.

        An export (`format="alma"`) is taken in whole or not at all: into an empty project as an exact copy, into
        another what is not there yet, as `import`, which weighs half.
        Sessions (`claude-code`, `codex`) are a transcript or a folder of them, by default this project's own under the
        user's home. What they show of attempts is learned for `agent`, each once, as `import`; by default for `claude` or
        `codex`, and of a subagent whose type is declared for that.
        With `dry_run` nothing is written. `progress` is told the bytes read, and all bytes. Raises InvalidInput (no
        whole export, no transcript, unknown format), ScopeError, StoreError.
        """
        if format not in transfer.FORMATS:
            raise InvalidInput("format", f"{format!r} is unknown", allowed=", ".join(transfer.FORMATS))
        self._gate.require_unbound(verb="import")
        if format in transfer.SESSIONS:
            return self._imported_sessions(path, format, agent=agent, dry_run=dry_run, progress=progress)
        if path is None or agent is not None or dry_run:
            field = "path" if path is None else "agent" if agent is not None else "dry_run"
            problem = "is missing" if path is None else "is for past sessions alone"
            raise InvalidInput(field, problem, allowed="the path of an export")
        return Imported(
            moving.imported(os.fspath(path), store=self._store, gate=self._gate, meaning=self._meaning)
        )

    def _imported_sessions(
        self,
        path: str | os.PathLike[str] | None,
        form: str,
        *,
        agent: str | None,
        dry_run: bool,
        progress: Callable[[int, int], None] | None,
    ) -> Imported:
        from alma import past  # the readers of transcripts, which nothing else waits for
        from alma.noticing import NEW

        self._gate.view(agent or transfer.SESSIONS[form])
        place = Transcripts(os.fspath(path)) if path is not None else transcripts(form, self._config.folder)
        found = past.Sessions(place.path, form=form, only_in=place.only_in, progress=progress)
        # Who may not name an origin belongs to that of the door, so that a model's files are not many witnesses.
        own = None if trust.is_verified(self._gate.door.source) else self._gate.door.origin

        def take(one: past.Found) -> str:
            if dry_run:
                return NEW
            origin = own or writing.cut(f"{form}:{one.session}", longest=100)
            # As in a live session: a subagent that the configuration declares has a memory of its own.
            declared = one.kind if one.kind in self._config.agent_names else None
            acting = agent or declared or transfer.SESSIONS[form]
            return self._noticing(acting, origin).take(one.finding, source=IMPORT)

        return past.imported(found, take=take, is_known=self._is_keyed)

    def _is_keyed(self, key: str) -> bool:
        with self._store.reading() as now:
            return now.keyed(key) is not None

    def backup(self, path: str | os.PathLike[str]) -> None:
        """A consistent copy of the store while it is in use. Raises Conflict if there is something at `path`."""
        self._gate.require_unbound(verb="back up")
        self._store.backup(os.path.abspath(os.fspath(path)))

    @property
    def _sessions(self) -> Sessions:
        """What the processes of a session know of each other."""
        from alma.sessions import Sessions

        return Sessions(self._store, clock=self._clock)

    def close(self) -> None:
        """Let go of the store; closing twice is harmless.

        Where this process had the model, what waits for a vector gets one first: nobody waits for an answer now.
        """
        if self._meaning.is_loaded:
            with contextlib.suppress(StoreError):
                self._settle()
        self._store.close()

    def _named_strategy(self, draft: Outcome, recall: Recall | None, view: View) -> Outcome:
        """Where the strategy is an id, the strategy that it stands for."""
        if not re.fullmatch(_ID, draft.strategy):
            return draft
        for one in recall.advice if recall is not None else ():
            if one.id == draft.strategy:
                return replace(draft, strategy=_strategy(one.strategy), followed=one.id)
        if draft.strategy.startswith("u-"):
            raise InvalidInput(
                "strategy_used", f"{draft.strategy} was never tried: pass its words, or recall="
            )
        about = self._gate.readable(draft.strategy, view, verb="learn").memory
        named: str | None = getattr(about, "strategy", None) or getattr(about, "better_alternative", None)
        if named is None:
            raise InvalidInput(
                "strategy_used", f"{draft.strategy} names no strategy; pass the strategy's words"
            )
        return replace(draft, strategy=_strategy(named), followed=draft.strategy)


def _strategy(value: object) -> str:
    return writing.text("strategy_used", value)


def _revision(old: Memory, fields: Mapping[str, object]) -> Memory:
    return replace(old, **writing.revised(old, fields))
