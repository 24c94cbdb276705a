"""Runs one task at a time on one device: executor, step buffer, agents, devices."""
