"""A brain's report: one HTML file that says how good it is, shows why, and asks nothing of the network.

    brain ─> page ─┬─ mistakes  pairs that are confused, what the wrong ones share: arithmetic
                   ├─ charts    pygal's bars and lines, cleaned: no script, no style, no link
                   └─ templates Jinja2, everything escaped; radio buttons and CSS switch and filter, no script

It needs the extra `[web]`; importing this needs nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edge_brain import extras, files

if TYPE_CHECKING:
    from edge_brain.brain import Brain


def write_report(brain: Brain, path: str | Path) -> None:
    """Write the report of a brain to a file, whole or not at all; one that stands there is replaced.

    Raises ExtraMissing without pygal or Jinja2, and StorageFailed when the disk refuses.
    """
    files.write_whole(Path(path), report_html(brain).encode())


def report_html(brain: Brain) -> str:
    """Return the report of a brain: a whole HTML document."""
    with extras.needed("web", "a report needs pygal and Jinja2"):
        from edge_brain.report import page
    return page.render(brain)
