"""Agents that come with Stepwell; others come by the entry-point group `stepwell.agents`."""
