"""What anybody may use up: for whom how much, on what terms, counted once for every door."""
