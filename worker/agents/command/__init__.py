"""The agent `command`: a program in any language that speaks JSON lines. Its class is in agent.py."""
