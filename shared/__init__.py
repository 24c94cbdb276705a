"""What the processes agree on: messages, wire, transport, states, errors, settings, logs. No Qt, no SQLite."""
