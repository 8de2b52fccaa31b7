"""What a check returns: a Finding, and the Place in the draft that it speaks of. A finding is no error."""

from dataclasses import dataclass
from typing import Literal

from typing_extensions import TypedDict

Severity = Literal["high", "medium", "low"]


class PlaceJson(TypedDict):
    """Where a finding stands."""

    article: str | None
    paragraph: int | None
    start: int
    end: int
    text: str


class FindingJson(TypedDict):
    """One finding of `screen`."""

    rule: str
    severity: Severity
    place: PlaceJson
    message: str
    citation: str
    basis_cited: bool
    may_be_fine: str
    write_instead: str | None


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

    def to_json(self) -> FindingJson:
        """The finding as `screen --json` prints it."""
        place = self.place
        return {
            "rule": self.rule,
            "severity": self.severity,
            "place": {
                "article": place.article,
                "paragraph": place.paragraph,
                "start": place.start,
                "end": place.end,
                "text": place.text,
            },
            "message": self.message,
            "citation": self.citation,
            "basis_cited": self.basis_cited,
            "may_be_fine": self.may_be_fine,
            "write_instead": self.write_instead,
        }
