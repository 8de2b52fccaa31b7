"""How answers leave a command: JSON to stdout (or a file), sentences to stderr, tables as aligned text."""

import json
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def print_json(value: Any, file: Path | None = None) -> None:
    """Write JSON in UTF-8 to stdout, or to the file named."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    if file is None:
        print(text)
    else:
        file.write_text(text + "\n", "utf-8")


def say(sentence: str) -> None:
    """A message for the person, beside the answer."""
    print(sentence, file=sys.stderr)


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns aligned as a terminal shows them, where a Chinese character is two columns wide."""
    table = [list(head), *[list(row) for row in rows]]
    widths = [max(width(row[column]) for row in table) for column in range(len(head))]
    for row in table:
        cells = [cell + " " * (widths[column] - width(cell)) for column, cell in enumerate(row)]
        print("  ".join(cells).rstrip())


def width(text: str) -> int:
    """How many columns a terminal needs for a text.

    >>> width("合法ab")
    6
    """
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
