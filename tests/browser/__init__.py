"""Pages in a real browser: the Chromium of the system, without a window."""
