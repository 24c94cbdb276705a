"""The numbered SQL files of the store's schema, each applied once, in one transaction, by `migrations.py`."""
