"""``python -m flows.cli``: what the engine and its client start."""

from flows.cli import main

main()
