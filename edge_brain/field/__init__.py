"""Unattended, away from anybody: which frames are worth keeping, and what goes when room is needed."""
