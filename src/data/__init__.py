"""Reading what users have: labelled articles, tables, splits, and the checks of a corpus."""
