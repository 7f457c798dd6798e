"""Speed as a ratio against what one would do otherwise, both measured in one run."""
