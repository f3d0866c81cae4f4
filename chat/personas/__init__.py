"""Personas: who answers; those of the file and those that people make."""
