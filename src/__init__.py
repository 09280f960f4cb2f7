"""qawl (قول): who says it, what it is about, and where that speaker stands, for Arabic news."""

__version__ = "0.1.0"
