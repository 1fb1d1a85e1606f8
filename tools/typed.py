"""Type-check the README's Python as an app's own: strictly, against the package as others have it.

The blocks of the running text are one program, what they take for granted declared before; each of the five examples is
another. Then lines that are wrong, each of which must be found, as none is where the package tells no types.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
GRANTED = """from collections.abc import Callable, Iterable
from pathlib import Path
import numpy as np
from numpy.typing import NDArray
pictures: Callable[[str], list[Path]]
embedding: Callable[[str], NDArray[np.float32]]
frame: NDArray[np.uint8]
X: NDArray[np.float32]
y: list[str]
days: list[int]
"""
WRONG = """from edge_brain import Brain, Codes, OwnExtractor, Tag
class Half:
    name = "half"
brain = Brain.open("pantry")
brain.predict(1)
brain.predict_code("mug")
brain.score().level == "Goood"
brain.tag("mug.jpg", None)
label: str = brain.predict("mug.jpg").label
brain.on_tagged(lambda tag: tag.labl)
Brain.create("box", extractor=Codes("net"))
Brain.create("box", extractor=Half())
with brain.watching("usb:0", print) as watching:
    watching.wait("a while")
"""
SURE = 4  # its first lines, which are right


def programs() -> dict[str, str]:
    """Return the README's programs by names that can be those of files."""
    text, examples = re.split("^### Five examples\n", (REPOSITORY / "README.md").read_text(), flags=re.MULTILINE)
    examples, rest = re.split("^## ", examples, maxsplit=1, flags=re.MULTILINE)
    running = "\n".join(blocks(f"{text}\n## {rest}"))
    return {"readme": f"{GRANTED}\n{running}"} | {f"example_{n}": each for n, each in enumerate(blocks(examples), 1)}


def blocks(text: str) -> list[str]:
    """Return the Python of a text."""
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def checked(folder: Path) -> str:
    """Return what mypy says of the programs in a folder that is nobody's project."""
    names = sorted(path.name for path in folder.glob("*.py"))
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--config-file=", *names]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True)  # what is wrong with mypy is seen
    if done.returncode > 1:  # 1: it has found something
        raise SystemExit(f"mypy ended with {done.returncode}, and has checked nothing:\n{done.stdout}")
    return done.stdout


def main() -> int:
    """Check all; 1 when something right is refused, or something wrong is not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for program, text in {**programs(), "wrong": WRONG}.items():
            (folder / f"{program}.py").write_text(text)
        said = checked(folder)
    told = [line for line in said.splitlines() if not line.startswith("wrong.py:")]
    found = {int(line) for line in re.findall(r"^wrong\.py:(\d+): error", said, re.MULTILINE)}
    lines = WRONG.splitlines()
    passed = [each for number, each in enumerate(lines, 1) if number > SURE and not each.startswith("with")]
    passed = [each for each in passed if lines.index(each) + 1 not in found]
    print("\n".join([*told, *(f"not found to be wrong: {each}" for each in passed)]) or "the README's Python is typed")
    return 1 if told or passed else 0


if __name__ == "__main__":
    raise SystemExit(main())
