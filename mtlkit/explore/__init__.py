"""What one looks at: panels as data, and the ways they are drawn."""
