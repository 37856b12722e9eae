"""Texts -> vectors and domains, with the embedder loaded on first use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from alma import plugins
from alma.domain.errors import EmbedderMismatch, InvalidInput
from alma.domain.later import Later
from alma.rules import similarity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.embed.protocol import Embedder
    from alma.rules import aloud
    from alma.store.protocol import Ledger, Snapshot
else:  # a warning reads no question
    aloud = Later("alma.rules.aloud")

SETTING = "embedder"
# After which event there may be memories that wait for a vector; empty where none do.
WAITING = "waiting"


class Meaning:
    """What the embedder of one configuration knows of texts."""

    has_model = True

    def __init__(self, embedder: str, domains: Mapping[str, str]) -> None:
        self._name = embedder
        self._domains = domains

    @property
    def is_loaded(self) -> bool:
        """Whether the model is here already."""
        return "embedder" in vars(self)

    @cached_property
    def embedder(self) -> Embedder:
        """The model; loading it takes a third of a second, once."""
        return plugins.embedder(self._name)

    @cached_property
    def _described(self) -> dict[str, bytes]:
        names = list(self._domains)
        texts = [f"{name.replace('_', ' ').replace('.', ' ')}: {self._domains[name]}" for name in names]
        return dict(zip(names, self.embedder.embed(texts), strict=True))

    def vector(self, text: str) -> bytes | None:
        """The vector of a text; None for scripts that the model does not know, which are compared by characters.

        Raises InvalidInput where an embedder gives no proper vector.
        """
        if not similarity.is_latin(text):
            return None
        [vector] = self.embedder.embed([text])
        if len(vector) != self.embedder.dimensions or not any(vector):
            raise InvalidInput(
                "vector", f"{self.embedder.name} gave {len(vector)} bytes, or nothing but zeros"
            )
        return vector

    def read_aloud(self, text: str) -> bytes | None:
        """The vector of a text of code together with what its signs are called; None for prose, and as `vector`."""
        names = aloud.read(text)
        return self.vector(f"{names}:\n{text}") if names else None

    def domains(self, text: str) -> dict[str, float]:
        """How near a text is to every described domain, in [0, 1]; empty where none is described."""
        vector = self.vector(text) if self._domains else None
        if vector is None:
            return {}
        return {name: similarity.cosine(vector, described) for name, described in self._described.items()}

    def check(self, now: Snapshot) -> None:
        """Raise EmbedderMismatch when the store's vectors were made by another embedder."""
        stored = now.setting(SETTING)
        if stored is not None and stored != self.embedder.name:
            raise EmbedderMismatch(
                f"the store's vectors were made by {stored!r} and the configuration names {self.embedder.name!r}: "
                "set `embedder:` back, or re-embed into a new store: "
                "`alma export memories.jsonl`, then `alma import memories.jsonl --store sqlite:///NEW.db`",
                stored=stored,
                given=self.embedder.name,
            )

    def claim(self, ledger: Ledger, vector: bytes | None, *, since: int | None = None) -> None:  # noqa: ARG002
        """Before something is written: check, and mark a new store as this embedder's.

        `since` is the event after which what is written was made, where that was not now.
        """
        if vector is None:
            return
        self.check(ledger)
        if ledger.setting(SETTING) is None:
            ledger.set(SETTING, self.embedder.name)


class WordsAlone(Meaning):
    """What must answer in tens of milliseconds loads no model: texts are compared by their words alone."""

    has_model = False

    def vector(self, text: str) -> None:  # noqa: ARG002
        """No vector; a process that has the model gives it later."""
        return

    def domains(self, text: str) -> dict[str, float]:  # noqa: ARG002
        """Nothing: no text is sorted by meaning here."""
        return {}

    def claim(self, ledger: Ledger, vector: bytes | None, *, since: int | None = None) -> None:  # noqa: ARG002
        """Before anything is written: from there on, memories wait for a vector."""
        first = ledger.head() if since is None else since
        waiting = ledger.setting(WAITING)
        if not waiting or int(waiting) > first:
            ledger.set(WAITING, str(first))
