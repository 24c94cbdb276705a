"""Catalogues of texts, and the command that makes them."""
