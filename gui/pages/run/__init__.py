"""The page RUN."""
