"""The pages, one module each: what is shown, for a browser with or without scripts.

score   how good the brain is, why, and what to do next
tag     what waits for a tag, and what the camera sees
review  what was tagged, to be looked at again, class by class
trial   what it takes new pictures for, and why
device  how the device is, what takes long on it, and what one takes along
"""

from __future__ import annotations

from edge_brain.web.pages import device, review, score, tag, trial

PAGES = (score.routes, tag.routes, review.routes, trial.routes, device.routes)
