"""Requests to the outside that nobody can turn inward."""
