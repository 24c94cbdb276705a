"""What the processes agree on: messages, wire, transport, states, errors, settings, logs, platform. No Qt, no SQLite."""
