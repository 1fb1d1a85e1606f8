"""Tagging with one key a class, by a person who looks: what is done, apart from the terminal that shows it.

session   what every session is: keys of classes, the score, undo
live      tags what a source shows now, and tells its bursts apart
queue     tags the frames that were kept while nobody was there, burst by burst
"""

from __future__ import annotations

from edge_brain.tagging.live import Live
from edge_brain.tagging.queue import Queue
from edge_brain.tagging.session import Done, KeyedClass, Session

__all__ = ["Done", "KeyedClass", "Live", "Queue", "Session"]
