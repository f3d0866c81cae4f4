"""Work on what came from outside, in child processes that may be killed."""
