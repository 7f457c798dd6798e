"""pytest must not import the block: it would hold for every other test."""

collect_ignore_glob = ["*.py"]
