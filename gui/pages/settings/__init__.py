"""The page SETTINGS."""
