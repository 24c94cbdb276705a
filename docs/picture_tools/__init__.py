"""What `docs/make_pictures.py` makes the pictures of the window with."""
