"""`python -m qawl`."""

from .cli import main

main()
