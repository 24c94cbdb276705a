"""The scripted model: an OpenAI-compatible endpoint that plays a vision-language model for the simulated phone."""
