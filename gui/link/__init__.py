"""The window's way to the other processes: a thread that owns the sockets, and the object that the window talks to."""
