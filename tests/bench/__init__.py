"""What Parley's figures are, measured from outside: `python -m tests.bench [name …]`."""
