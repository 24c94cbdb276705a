"""The page PHONES."""
