"""A stand-in for the window, so that its process can be tested without a display."""
