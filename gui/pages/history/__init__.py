"""The page HISTORY."""
