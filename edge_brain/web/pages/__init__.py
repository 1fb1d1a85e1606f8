"""The pages, one module each: what is shown, for a browser with or without scripts.

score   how good the brain is, why, and what to do next     review  what was tagged, class by class, and what is suspect
tag     what waits for a tag, and what the camera sees      trial   what the brain says of pictures outside it
device  camera, disk, service; retrain, export, report
"""

from __future__ import annotations

from edge_brain.web.pages import device, review, score, tag, trial

PAGES = (score.routes, tag.routes, review.routes, trial.routes, device.routes)
