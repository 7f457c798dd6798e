"""Data: generated, embedded in a library we install anyway, or official downloads."""
