"""`python -m edge_brain`: the command line, for whom the command `edge-brain` is not on the path, such as systemd."""

from __future__ import annotations

from edge_brain.cli import main

main(prog_name="edge-brain")
