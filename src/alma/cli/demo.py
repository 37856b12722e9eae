"""`alma demo`: makes a folder, plays the demonstration in it, and takes the folder away again."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click

from alma.cli import screen as output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.demo.story import Story


@click.command("demo")
@click.option("--keep", is_flag=True, help="Keep the folder, and say where it is.")
@click.option("--json", "as_json", is_flag=True, help="A summary for programs instead of the story.")
@click.option("--seed", type=int, default=0, show_default=True, help="Draws delays and hours.")
@click.pass_context
def demo(context: click.Context, *, keep: bool, as_json: bool, seed: int) -> None:
    """Watch two agents fail, learn, and not fail again.

    Half a minute, without a key or a network: real tests against a small shop on 127.0.0.1, in a temporary folder.
    Exit code 1 if the second session repeated a mistake of the first.
    """
    from alma.demo.screen import Screen
    from alma.demo.story import show, told

    as_json = as_json or bool((context.obj or {}).get("as_json"))
    screen = Screen(quiet=as_json)
    with folder(keep=keep) as place:
        story = told(place, seed=seed, screen=screen, quiet=as_json)
        show(story, screen)
        if as_json:
            output.out_json(summary(story, folder=place if keep else None, seed=seed))
        elif keep:
            screen.heading("Kept: the agents' tests and their memory")
            output.out(f'  cd "{place}" && alma list')
    context.exit(1 if story.repeated else 0)


@contextmanager
def folder(*, keep: bool) -> Iterator[Path]:
    """A new folder; it is gone after the block, however that ends, unless it is kept."""
    signal.signal(signal.SIGTERM, _stop)
    if keep:
        yield Path(tempfile.mkdtemp(prefix="alma-demo-")).resolve()
        return
    with tempfile.TemporaryDirectory(prefix="alma-demo-", ignore_cleanup_errors=True) as made:
        yield Path(made).resolve()


def _stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def summary(story: Story, *, folder: Path | None, seed: int) -> dict[str, object]:
    """The story for programs."""
    from dataclasses import asdict

    return {
        "seed": seed,
        "repeated_mistakes": story.repeated,
        "sessions": {
            name: {
                "failed": sum(not one.passed for one in attempts),
                "attempts": [asdict(one) for one in attempts],
            }
            for name, attempts in (
                ("1", story.first),
                ("2", story.second),
                ("2 without memory", story.emptied),
            )
        },
        "learned": [asdict(one) for one in story.lessons],
        "folder": None if folder is None else str(folder),
    }
