"""The work itself: items, intake, checks, packages, sign-offs, the ledger and its counts. Knows nobody above it."""
