"""An agent and a device for Stepwell, as an example of a plug-in."""
