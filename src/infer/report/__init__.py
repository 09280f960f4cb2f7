"""The report: scored rows as one HTML page in Arabic that needs nothing but itself."""

from .page import can_draw, write_report
from .rows import read_rows

__all__ = ["can_draw", "read_rows", "write_report"]
