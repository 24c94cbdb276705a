"""For a first run and for tests: a simulated phone that speaks ADB, a scripted model that speaks the OpenAI API."""
