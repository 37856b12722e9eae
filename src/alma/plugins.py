"""Names and URLs -> stores, embedders and servers. Heavy modules are loaded here, on first use, and nowhere else."""

from __future__ import annotations

from importlib import import_module

from alma.domain.errors import AlmaError, InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from alma.embed.protocol import Embedder
    from alma.store.protocol import Store

BUILT_IN = {
    "alma.stores": {"sqlite": "alma.store.sqlite:open_store"},
    "alma.embedders": {"minilm": "alma.embed.minilm:MiniLM", "hashing": "alma.embed.hashing:Hashing"},
}
# Servers that need packages of their own; each is an extra of the same name.
SERVERS = {"mcp": "alma.mcp.serving"}
HASTY = ("sqlite",)


def store(url: str, project: str | None, *, fallback_project: str, in_haste: bool = False) -> Store:
    """Open the store that a URL names; `in_haste` where nobody can wait for others, as far as the store knows how.

    Raises InvalidInput, which lists the known schemes, and StoreError.
    """
    scheme = url.partition("://")[0]
    hasty = {"in_haste": True} if in_haste and scheme in HASTY else {}
    opened: Store = _made("alma.stores", scheme, field="store")(
        url, project, fallback_project=fallback_project, **hasty
    )
    return opened


def embedder(name: str) -> Embedder:
    """The embedder of this name. Raises InvalidInput, which lists the known."""
    made: Embedder = _made("alma.embedders", name, field="embedder")()
    return made


def require_embedder(name: str) -> None:
    """Raise InvalidInput, which lists the known, for an embedder that nobody offers; loads none."""
    _target("alma.embedders", name, field="embedder")


def server(name: str) -> Any:  # a module above this one, which nothing here may know
    """The module that serves in this way. Raises AlmaError, with the line to install it, where packages are missing."""
    try:
        return import_module(SERVERS[name])
    except ImportError as error:
        if (error.name or "").startswith("alma."):
            raise
        raise AlmaError(
            f"`alma {name}` needs packages that are not installed ({error}): pip install 'alma-memory[{name}]'"
        ) from None


def _made(group: str, name: str, *, field: str) -> Callable[..., Any]:  # a plug-in may be any callable
    module, _, attribute = _target(group, name, field=field).partition(":")
    made: Callable[..., Any] = getattr(import_module(module), attribute)
    return made


def _target(group: str, name: str, *, field: str) -> str:
    if name in BUILT_IN[group]:
        return BUILT_IN[group][name]
    installed = _installed(group)
    if name not in installed:
        raise InvalidInput(field, f"{name!r} is unknown here", allowed=", ".join(sorted(installed)))
    return installed[name]


def _installed(group: str) -> dict[str, str]:
    from importlib.metadata import entry_points

    return {**BUILT_IN[group], **{point.name: point.value for point in entry_points(group=group)}}
