"""Print how far two annotations of the same articles agree, as a Markdown table.

usage: python data/agreement.py FIRST SECOND.jsonl [--texts FOLDER]

FIRST is labelled articles: a JSONL file, or a folder of them. SECOND has articles of FIRST, in the same schema
or in the annotators' form; see `qawl.data.agreement`. Articles and sentences that SECOND lacks are left out.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from qawl.data.agreement import agreement, agreement_table
from qawl.errors import InputError


def main() -> None:
    """Compare the two annotations named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path, help="labelled articles: a JSONL file, or a folder of them")
    parser.add_argument("second", type=Path, help="the second annotation of all or some of them")
    parser.add_argument("--texts", type=Path, help="the folder with the texts of labels that come without")
    options = parser.parse_args()
    try:
        sys.stdout.write(agreement_table(agreement(options.first, options.second, options.texts)))
    except InputError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
