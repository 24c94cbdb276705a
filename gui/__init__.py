"""The window. It sees the store only through the daemon, and nothing in it waits. PySide6 only here."""
