"""The pages of the window, one folder each; a page knows the desk, never another page."""
