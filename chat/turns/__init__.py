"""Turns: questions and their answers, from being asked to being stored whole."""
