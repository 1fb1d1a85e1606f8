"""The unattended service: one process that watches a camera, keeps what is worth it, and stays alive.

    kitchen.toml ─ settings ─> process ─ turn by turn ─> source ─> watcher ─> keeper ─> brain
                    │             │
                    │             ├─ syncing  beside the turns, with a hub
                    │             ├─ notify   tells systemd that it is ready, alive, ending
                    │             ├─ status   <brain>/service/NAME.json, for people and programs
                    │             └─ logs     standard error, <brain>/service/NAME.log
                    └─> unit ─ install ─> /etc/systemd/system/edge-brain-NAME.service

A service is known by its name; a brain may have several, one a camera.
"""
