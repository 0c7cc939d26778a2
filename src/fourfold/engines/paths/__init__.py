"""Attack paths: what somebody can come to hold, step by proved step, and the fewest changes that end it."""
