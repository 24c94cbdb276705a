"""The only process that opens the database: validates, numbers, commits, acknowledges, publishes."""
