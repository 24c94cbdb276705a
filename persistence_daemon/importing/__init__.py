"""Importing older stores (`tasks.db` of Open-AutoGLM-GUI): `stepwell import PATH`. verb.py is where it begins."""
