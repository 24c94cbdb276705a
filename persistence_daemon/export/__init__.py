"""Export of runs: a folder or a .zip with a report to look at and files for programs. Only reads the store.

`verb.py` is the way in, called by `persistence_daemon/__main__.py`; the daemon itself imports nothing of this.
"""
