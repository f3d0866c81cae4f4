"""The container, without an engine for containers: its own steps are carried out in fresh roots."""
