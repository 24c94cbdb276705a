"""The `stepwell` command: spawns, watches, restarts and stops the other processes; and the command line."""
