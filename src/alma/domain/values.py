"""Frozen values without `dataclasses`, whose import and generated code alone would double the time of `warn`.

`@value` makes of a class what `dataclass(frozen=True, slots=True, kw_only=True)` would; its `__init__` is written
when the first one is made, so that a class that is never used costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar, dataclass_transform

    T = TypeVar("T")
else:

    def dataclass_transform(**_):
        return lambda function: function


MISSING: Any = object()


class Field:
    """How one attribute behaves: its default, and whether it is shown and compared."""

    __slots__ = ("compare", "default", "default_factory", "shown")

    def __init__(
        self, default: object, factory: Callable[[], object] | None, *, shown: bool, compare: bool
    ) -> None:
        self.default = default
        self.default_factory = factory
        self.shown = shown
        self.compare = compare


def field(
    *,
    default: Any = MISSING,
    default_factory: Callable[[], Any] | None = None,
    shown: bool = True,
    compare: bool = True,
) -> Any:  # it stands where the attribute's own type is expected
    """What stands in place of a default where more is to be said of an attribute."""
    return Field(default, default_factory, shown=shown, compare=compare)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def value(cls: type[T]) -> type[T]:
    """Make a class a frozen value whose attributes are its annotations, given by name."""
    return _made(cls, by_name=True)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def positional(cls: type[T]) -> type[T]:
    """The same, whose attributes may also be given in order."""
    return _made(cls, by_name=False)


def fields(one: object) -> Mapping[str, Field]:
    """The attributes of a value or of its class, in order."""
    found: Mapping[str, Field] = one.__value_fields__  # type: ignore[attr-defined]
    return found


def replace(one: T, **changes: Any) -> T:
    """The same value with other attributes."""
    return type(one)(**{**_state(one), **changes})


def _made(cls: type[T], *, by_name: bool) -> type[T]:
    known: dict[str, Field] = {}
    for base in reversed(cls.__mro__[1:]):
        known.update(base.__dict__.get("__value_fields__", {}))
    inherited = frozenset(known)
    body = {name: what for name, what in cls.__dict__.items() if name not in ("__dict__", "__weakref__")}
    own = body.get("__annotations__", {})
    for name in own:
        said = body.pop(name, MISSING)
        known[name] = said if isinstance(said, Field) else Field(said, None, shown=True, compare=True)
    body["__slots__"] = tuple(name for name in own if name not in inherited)
    body["__value_fields__"] = known
    body["__match_args__"] = () if by_name else tuple(known)
    for name, method in _METHODS.items():
        body.setdefault(name, method)
    made: type[T] = type.__new__(type(cls), cls.__name__, cls.__bases__, body)
    setattr(made, "__init__", _first(made, by_name=by_name))  # noqa: B010 (a method may not be assigned)
    return made


def _first(cls: type, *, by_name: bool) -> Callable[..., None]:
    """An `__init__` that writes the real one, and calls it."""

    def first(self: object, *args: object, **given: object) -> None:
        written = _written(cls, by_name=by_name)
        setattr(cls, "__init__", written)  # noqa: B010
        written(self, *args, **given)

    return first


def _written(cls: type, *, by_name: bool) -> Callable[..., None]:
    names: dict[str, object] = {"_missing": MISSING}
    parameters, lines = ["self", *(("*",) if by_name else ())], []
    for name, one in fields(cls).items():
        names[f"_d_{name}"], names[f"_f_{name}"] = one.default, one.default_factory
        names[f"_put_{name}"] = getattr(cls, name).__set__  # the slot itself: past `_frozen`, and faster
        given = name
        if one.default_factory is not None:
            parameters.append(f"{name}=_missing")
            given = f"_f_{name}() if {name} is _missing else {name}"
        else:
            parameters.append(name if one.default is MISSING else f"{name}=_d_{name}")
        lines.append(f" _put_{name}(self, {given})")
    exec(f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines or [" pass"]), names)
    written: Callable[..., None] = names["__init__"]  # type: ignore[assignment]
    written.__qualname__ = f"{cls.__qualname__}.__init__"
    return written


def _compared(self: object) -> tuple[object, ...]:
    return tuple(getattr(self, name) for name, one in fields(self).items() if one.compare)


def _eq(self: object, other: object) -> bool:
    return _compared(self) == _compared(other) if type(other) is type(self) else NotImplemented


def _hash(self: object) -> int:
    return hash(_compared(self))


def _repr(self: object) -> str:
    shown = (f"{name}={getattr(self, name)!r}" for name, one in fields(self).items() if one.shown)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _frozen(self: object, name: str, *_: object) -> None:
    raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be changed")


def _state(self: object) -> dict[str, object]:
    return {name: getattr(self, name) for name in fields(self)}


def _restored(self: object, state: dict[str, object]) -> None:
    for name, one in state.items():
        object.__setattr__(self, name, one)


_METHODS = {
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _frozen,
    "__delattr__": _frozen,
    "__getstate__": _state,
    "__setstate__": _restored,
}
