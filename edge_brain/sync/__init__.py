"""Sync: devices give each other what they were told, by way of a hub: a folder, USB stick, share or bucket.

A hub is a heap of small objects that are written once and never changed, so that devices which write to it at
once need no lock, and one that is cut off in the midst leaves nothing half.

stores/   where the objects lie: one interface, whatever is behind it
marker    the object by which a hub is known as one
"""
