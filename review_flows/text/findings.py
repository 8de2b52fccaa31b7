"""What a check returns: a Finding, and the Place in the draft that it speaks of. A finding is no error."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a draft: `start` and `end` are characters within the paragraph's text, `text` is the words there.

    `article` is the article's label in Chinese numerals (第三条), null outside articles; `paragraph` counts from 1 the
    paragraphs (款) of the article, or the blocks of a text without articles.
    """

    article: str | None
    paragraph: int | None
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One candidate for the reviewer, who decides; all texts but `rule` and `severity` are shown to people."""

    rule: str
    severity: Severity
    place: Place
    message: str
    citation: str
    basis_cited: bool
    may_be_fine: str
    write_instead: str | None = None
