"""Who calls the work: the terminal, the engine, and the life of a delivery between them."""
