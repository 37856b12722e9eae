"""A fresh environment with nothing but what `pip install .` brings: how large it is, and how many packages."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from figures import Figure

PROJECT = Path(__file__).parent.parent


def fresh() -> list[Figure]:
    """Figures of a new environment; made, looked at, removed."""
    with tempfile.TemporaryDirectory(prefix="alma-environment-") as name:
        folder = Path(name)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = folder / "bin" / "python"
        install = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PROJECT)
        subprocess.run(install, check=True)
        listed = subprocess.run(
            [python, "-m", "pip", "list", "--disable-pip-version-check", "--format", "json"],
            check=True,
            capture_output=True,
            text=True,
        )
        packages = sorted(one["name"] for one in json.loads(listed.stdout))
        size = sum(path.lstat().st_blocks * 512 for path in folder.rglob("*")) / 1e6
    return [
        Figure(name="fresh environment on disk", value=round(size, 1), unit="MB", most=280),
        Figure(name="packages in it", value=len(packages), unit="", most=25, spread=", ".join(packages)),
    ]


if __name__ == "__main__":
    import figures

    figures.show(fresh())
