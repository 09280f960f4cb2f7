"""From articles to scored rows, and from rows to a report."""
