"""The print gazette's issues: what stands in them and in which order, what was signed of them, their years."""
