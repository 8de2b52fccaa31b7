"""How many pages a file has, as far as it can be known, and how that is known.

A .docx says what the program that laid it out last counted (docProps/app.xml); the pages of a PDF are counted; a
picture is one. All else is laid out anew wherever it is opened: unknown, and shown as such.
"""

import re
from dataclasses import dataclass
from typing import Literal

Source = Literal["word", "pdf", "picture", "unknown"]
_APP = "docProps/app.xml"
_TOLD = re.compile(rb"<(?:\w{1,10}:)?Pages>\s{0,9}(\d{1,6})\s{0,9}</")
_PDF_PAGE = re.compile(rb"/Type\s{0,9}/Page(?![A-Za-z])")
_PDF_COUNT = re.compile(
    rb"/Type\s{0,9}/Pages\b[^>]{0,2000}?/Count\s{1,9}(\d{1,6})|/Count\s{1,9}(\d{1,6})[^>]{0,2000}?/Type\s{0,9}/Pages\b"
)
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


@dataclass(frozen=True)
class Pages:
    """A number of pages (None: it cannot be known) and where it comes from."""

    number: int | None
    source: Source


UNKNOWN = Pages(None, "unknown")


def pages_of(data: bytes, name: str) -> Pages:
    """The pages of a file's bytes; never an error, since a file that cannot be read has no known pages."""
    if data.startswith(_PICTURES):
        return Pages(1, "picture")
    if data.startswith(b"%PDF"):
        return _of_pdf(data)
    return _of_word(data, name) if data.startswith(b"PK") else UNKNOWN


def _of_pdf(data: bytes) -> Pages:
    """What the root of the page tree counts, else the pages that stand open in the file."""
    counts = [int(one or two) for one, two in _PDF_COUNT.findall(data)]
    number = max(counts, default=0) or len(_PDF_PAGE.findall(data))
    return Pages(number, "pdf") if number else UNKNOWN


def _of_word(data: bytes, name: str) -> Pages:
    from review_flows.errors import DraftError
    from review_flows.word.package import open_package  # lxml costs 50 ms

    try:
        package = open_package(data, name)
        told = _TOLD.search(package.read(_APP)) if _APP in package else None
    except DraftError:
        return UNKNOWN
    return Pages(int(told.group(1)), "word") if told and int(told.group(1)) > 0 else UNKNOWN
