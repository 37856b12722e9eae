"""The verbs. Each is three moves: read, decide with a rule that knows no store, write events."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from alma import plugins, reader
from alma.attempt import Attempt
from alma.config.loading import load
from alma.config.places import make_folder
from alma.config.value import Config
from alma.domain import ledger as events
from alma.domain import workflow as workflows
from alma.domain.action import Action
from alma.domain.door import Door
from alma.domain.errors import InvalidInput, StoreError
from alma.domain.later import Later
from alma.domain.ledger import SIGNALS
from alma.domain.memory import KINDS, WORD, AntiPattern, Heuristic, Knowledge, Outcome, Preference, user_owner
from alma.domain.reach import Reach
from alma.domain.recall import Learned, Recall
from alma.domain.values import replace
from alma.domain.workflow import Checkpoint
from alma.gate import Gate
from alma.meaning import Meaning, WordsAlone
from alma.reader import Question
from alma.rules import cautions, indexing, signatures, trust, writing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self, TypeVar

    from alma import (
        arrears,
        briefing,
        checkpoints,
        forgetting,
        inquiry,
        judging,
        moving,
        noticing,
        past,
        proposing,
        recording,
        reporting,
        reviewing,
        revising,
        sessions,
        stating,
    )
    from alma.capture.finding import Finding
    from alma.domain.imported import Imported
    from alma.domain.ledger import Event, Stats
    from alma.domain.memory import Memory
    from alma.domain.reach import Nominee
    from alma.domain.recall import Caution, Explanation, Told
    from alma.domain.report import Report
    from alma.domain.review import Pending
    from alma.domain.scope import Agent, View
    from alma.domain.workflow import Workflow
    from alma.rules import exposure, listing, ranking, transfer
    from alma.rules.briefing import Briefing
    from alma.store.protocol import Snapshot, Store

    M = TypeVar("M", bound=Memory)
else:  # each is loaded when a verb needs it: a warning needs none of them
    arrears, briefing = Later("alma.arrears"), Later("alma.briefing")
    checkpoints, forgetting = Later("alma.checkpoints"), Later("alma.forgetting")
    inquiry, judging, moving = Later("alma.inquiry"), Later("alma.judging"), Later("alma.moving")
    noticing, past, proposing = Later("alma.noticing"), Later("alma.past"), Later("alma.proposing")
    recording, reporting = Later("alma.recording"), Later("alma.reporting")
    reviewing, revising = Later("alma.reviewing"), Later("alma.revising")
    sessions, stating = Later("alma.sessions"), Later("alma.stating")
    exposure, listing = Later("alma.rules.exposure"), Later("alma.rules.listing")
    ranking, transfer = Later("alma.rules.ranking"), Later("alma.rules.transfer")

MOST_LISTED = 1000


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
            aloud=self._meaning.read_aloud(task),
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
            explain=partial(self._explain_shown, question=question),
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
            aloud=self._meaning.read_aloud(task),
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
            strategy=writing.text("strategy_used", strategy_used),
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
        return recording.record(
            self._store,
            self._gate,
            self._meaning,
            draft,
            half_life=self._config.half_life,
            recall=recall,
            domain=domain,
            instead_of=instead_of,
        )

    def _settle(self) -> bool:
        """Give vectors to what was recorded without a model, some at a time; whether more waits."""
        return arrears.settle(self._store, self._gate, self._meaning)

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
        return stating.state_fact(self._store, self._gate, self._meaning, made, domain, at=self._clock())

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
        return self._state(made, None)

    def _state(self, made: M, domain: str | None) -> M:
        return stating.state(self._store, self._gate, self._meaning, made, domain, at=self._clock())

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
            return judging.join(
                self._store, self._gate, about, note, same=signal == "same", speaker=speaker, view=view
            )
        if signal == "wrong":
            trust.require_person(
                self._gate.door.source if agent is None else WORD, what="call a memory wrong"
            )
            self.forget(memory_id, reason="wrong")
        details = {"signal": signal, "note": writing.output("note", note)}
        event = self._gate.event(events.FEEDBACK, speaker, self._gate.door.source, memory_id, **details)
        if signal in ("helpful", "harmful"):
            judging.count(
                self._store,
                self._gate,
                memory_id,
                about,
                speaker=speaker,
                helped=signal == "helpful",
                note=note,
                half_life=self._config.half_life,
                learn=self.learn,
            )
        with self._store.writing() as ledger:
            return ledger.note(event)

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
            around = partial(inquiry.around, now, self._gate, view, half_life=self._config.half_life)
            shown = listing.listed(found, kind=kind, stated=stated, around=around)
            after = writing.name("after", after) if after is not None else None
            page = listing.page(shown, limit=limit, after=after)
            if view is None and self._gate.door.agents is None:
                return page
            return [inquiry.as_seen(now, one, view or self._gate.eyes(one)) for one in page]

    def explain(self, memory_id: str, *, task: str | None = None, agent: str | None = None) -> Explanation:
        """Why a memory is believed: outcomes for and against, numbers, who sees it, what would change it.

        A belief is computed at `task`, else at the task it is named after. Only what `agent` (default: the
        owner, or through a bound door one of its agents) may read is shown. Raises MemoryNotFound; ScopeError where
        the agent may not read it.
        """
        view = self._gate.view(agent) if agent is not None else None
        about = inquiry.sought(self._store, self._gate, memory_id, view)
        if task is None:
            return self._explained(memory_id, about, view, None)
        task = writing.text("task", task)
        eyes = view or self._gate.eyes(about)
        return self._explained(
            memory_id, about, view, Question(task=task, view=eyes, vector=self._meaning.vector(task))
        )

    def _explain_shown(self, memory_id: str, *, question: Question) -> Explanation:
        """`explain` as a question saw it, with all that narrowed it."""
        about = inquiry.sought(self._store, self._gate, memory_id, question.view)
        return self._explained(memory_id, about, question.view, question)

    def _explained(
        self, memory_id: str, about: Memory, view: View | None, asked: Question | None
    ) -> Explanation:
        with self._store.reading() as now:
            if asked is not None and asked.vector is not None:
                self._meaning.check(now)
            return inquiry.explained(
                now,
                self._gate,
                memory_id,
                about,
                view,
                asked=asked,
                half_life=self._config.half_life,
                at=self._clock(),
            )

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
        return proposing.propose(
            self._store,
            self._gate,
            self._meaning,
            kind,
            fields,
            agent=agent,
            rule=rule,
            origin=origin,
            evidence=evidence,
            source=source,
            at=self._clock(),
        )

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

    def _noticing(
        self, agent: str, origin: str, told: Told | None = None, since: int = 0
    ) -> noticing.Noticing:
        return noticing.Noticing(
            self._store,
            self._gate,
            learn=self._learn,
            propose=self._propose,
            recalled=partial(briefing.recalled, self._store, told, agent),
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
            agents = [named] if named is not None else reviewing.reviewed(now)
            return reviewing.pending(now, agents, limit=limit)

    def keep(self, /, memory_id: str, **fields: object) -> Memory:
        """Confirm what `review` lists, in other words where fields are given; from then on a person stands behind it.

        Raises InvalidInput (nothing to review; an outcome in other words), MemoryNotFound, ScopeError, Untrusted.
        """
        return reviewing.keep(self._store, self._gate, self._meaning, memory_id, fields)

    def reject(self, memory_id: str, *, reason: str = "rejected in review") -> Memory:
        """Reject what `review` lists: a proposal is never made again, and what counted counts no longer.

        `restore` undoes the second. Raises InvalidInput (nothing to review), MemoryNotFound, ScopeError, Untrusted.
        """
        return reviewing.reject(self._store, self._gate, memory_id, reason=reason, at=self._clock())

    # -- changing one's mind ------------------------------------------------------------------------------------

    def revise(self, /, memory_id: str, **fields: object) -> Memory:
        """A stated memory in new words; the old wording stays in its history.

        Where a person, or a program, revises it, it is theirs from then on: a model can no longer change it.
        Raises InvalidInput (an outcome, or a field that it does not have), MemoryNotFound, Untrusted.
        """
        return revising.revise(self._store, self._gate, self._meaning, memory_id, fields)

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

        A belief's id stands for all outcomes that it rests on where it is named. `dry_run` only says what would be forgotten.
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
            found = forgetting.meant(self._store, self._gate, memory_id, half_life=self._config.half_life)
        else:
            with self._store.reading() as now:
                found = now.matching(agent=agent, origin=origin, source=source, before=before)
        found = [one for one in found if self._gate.is_of_door(one, named=memory_id is not None)]
        for one in found:
            trust.require_standing(self._gate.door.source, one.source, what="forget")
        if dry_run or not found:
            return found
        return forgetting.forget(
            self._store, self._gate, found, memory_id, at=self._clock(), reason=reason, **filters
        )

    def restore(self, memory_id: str | int) -> list[Memory]:
        """Bring back what was forgotten under this id, or by the event of this number: a whole rollback, undone.

        It makes room as a write does where a quota is full. Raises MemoryNotFound where nothing is forgotten (through
        a bound door: nothing that is all its agents'), ScopeError where nothing can make room, Untrusted.
        """
        name = writing.name("memory_id", str(memory_id) if type(memory_id) is int else memory_id)
        return forgetting.restore(self._store, self._gate, self._meaning, name)

    def purge(self, older_than: str | timedelta | datetime | None = None) -> list[str]:
        """Remove for good what was forgotten (longer ago than `older_than`); gives the ids that are gone.

        No byte of their texts is left in the file. Raises InvalidInput, StoreError (a byte is left).
        """
        self._gate.require_unbound(verb="purge")
        before = writing.before("older_than", older_than, now=self._clock())
        return forgetting.purge(self._store, self._gate, before=before)

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
        return checkpoints.save(self._store, self._gate, draft, expected=expected_version)

    def resume(self, workflow_id: str, *, version: int | None = None) -> Checkpoint:
        """The latest checkpoint, with what is known now for its task and agent in `.recall`.

        What this workflow's own outcomes taught comes first. A workflow without an agent is not to be had through a
        bound door. Raises WorkflowNotFound, ScopeError.
        """
        workflow_id = writing.name("workflow_id", workflow_id)
        if version is not None:
            writing.whole("version", version, least=1, most=1 << 53)
        found = checkpoints.saved(self._store, self._gate, workflow_id, version=version)
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
        question = Question(
            task=found.task,
            view=view,
            vector=self._meaning.vector(found.task),
            aloud=self._meaning.read_aloud(found.task),
            workflow_id=found.workflow_id,
        )
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
        details = {"workflow_id": workflow_id, "status": status}
        event = self._gate.event(events.FINISHED, latest.agent or "", self._gate.door.source, None, **details)
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
        view = self._gate.view(agent) if agent is not None else None
        with self._store.reading() as now:
            return reporting.report(now, self._gate, agent, view, holdout=self._config.holdout)

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
            return past.imported(
                format,
                path,
                store=self._store,
                gate=self._gate,
                config=self._config,
                agent=agent,
                noticing=self._noticing,
                dry_run=dry_run,
                progress=progress,
            )
        if path is None or agent is not None or dry_run:
            field = "path" if path is None else "agent" if agent is not None else "dry_run"
            problem = "is missing" if path is None else "is for past sessions alone"
            raise InvalidInput(field, problem, allowed="the path of an export")
        return moving.imported(os.fspath(path), store=self._store, gate=self._gate, meaning=self._meaning)

    def backup(self, path: str | os.PathLike[str]) -> None:
        """A consistent copy of the store while it is in use. Raises Conflict if there is something at `path`."""
        self._gate.require_unbound(verb="back up")
        self._store.backup(os.path.abspath(os.fspath(path)))

    @property
    def _sessions(self) -> sessions.Sessions:
        """What the processes of a session know of each other."""
        return sessions.Sessions(self._store, clock=self._clock)

    def close(self) -> None:
        """Let go of the store; closing twice is harmless.

        Where this process had the model, what waits for a vector gets one first: nobody waits for an answer now.
        """
        if self._meaning.is_loaded:
            with contextlib.suppress(StoreError):
                self._settle()
        self._store.close()
