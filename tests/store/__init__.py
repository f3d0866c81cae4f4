"""Tests of `store`: real databases of both dialects."""
