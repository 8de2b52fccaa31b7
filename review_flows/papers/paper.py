"""What a paper says: its title, blocks of text, signature and imprint, and nothing of where they stand on the page.

Frozen values that any room may make; `layout.render` makes the .docx of an `OfficialDocument`.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum

from review_flows.papers.measures import LINE_PT, SIZE_SMALL_4
from review_flows.word.building import Align


@dataclass(frozen=True)
class Span:
    """Characters within a paragraph that look different."""

    text: str
    bold: bool = False
    underline: bool = False
    strike: bool = False
    colour: str = ""


Content = str | tuple[Span, ...]


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 4, numbered 一、 （一） 1. （1） unless told not to; `then` follows in its paragraph."""

    level: int
    text: str
    then: Content = ""
    numbered: bool = True


@dataclass(frozen=True)
class Text:
    """A paragraph of the body, indented by two characters."""

    content: Content
    indent: bool = True
    align: Align = "both"
    small: bool = False


@dataclass(frozen=True)
class Chapter:
    """第一章 总则: centred, as printed regulations have it."""

    text: str


@dataclass(frozen=True)
class Article:
    """第一条 and its first paragraph; further paragraphs and items are `Text`."""

    label: str
    content: Content


@dataclass(frozen=True)
class Attachment:
    """Begins an attachment on a new page (7.3.7): 附件1 at the top left, its title centred on the third line."""

    label: str
    title: str


@dataclass(frozen=True)
class Column:
    """A column: its heading, its share of the width, how its cells stand."""

    heading: str
    share: float = 1
    align: Align = "both"


@dataclass(frozen=True)
class Grid:
    """A table with lines and a heading row that is repeated on every page."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Content, ...], ...]
    size_pt: float = SIZE_SMALL_4


@dataclass(frozen=True)
class Slot:
    """A cell of a form: over `span` columns; a label stands in 黑体, centred."""

    content: Content
    span: int = 1
    label: bool = False
    align: Align = "both"
    below: bool = False  # belongs to the cell above


@dataclass(frozen=True)
class FormTable:
    """A form such as a sign-off sheet: rows of labels and answers over columns of these shares."""

    shares: tuple[float, ...]
    rows: tuple[tuple[Slot, ...], ...]
    size_pt: float = SIZE_SMALL_4
    row_height_pt: float = LINE_PT


@dataclass(frozen=True)
class NewPage:
    """What follows begins on a new page."""


Block = Heading | Text | Chapter | Article | Attachment | Grid | FormTable | NewPage


class Form(Enum):
    """How a paper begins: under a masthead, as a letter (信函格式, clause 10.1), or with its title."""

    DOCUMENT = "document"
    LETTER = "letter"
    PLAIN = "plain"


@dataclass(frozen=True)
class Signature:
    """Who signs and when; several organs stand above one another. `sealed`: a seal will be put on it (7.3.5.1)."""

    organs: tuple[str, ...]
    dated_on: date | None
    sealed: bool = True


@dataclass(frozen=True)
class Imprint:
    """版记 at the foot of the last page (7.4)."""

    labels: tuple[str, str] = ("抄送：", "印发")
    copies_to: tuple[str, ...] = ()
    printed_by: str = ""
    printed_on: date | None = None


@dataclass(frozen=True)
class Labels:
    """The few words that the standard itself prescribes."""

    attachments: str = "附件："
    colon: str = "："


@dataclass(frozen=True)
class OfficialDocument:
    """A paper: what it says, never where on the page."""

    title: str
    blocks: tuple[Block, ...] = ()
    form: Form = Form.PLAIN
    masthead: str = ""
    document_number: str = ""
    signer: str = ""  # 签发人 of a paper that goes upwards (7.2.6), with its label
    subtitle: str = ""
    addressee: str = ""
    attachments: tuple[str, ...] = ()
    signature: Signature | None = None
    note: str = ""  # 附注 (7.3.6)
    after: tuple[Block, ...] = ()  # attachments: behind the signature, before the imprint (7.3.7)
    imprint: Imprint | None = None
    demo_mark: str = ""  # stands at the head of every page of a demonstration
    small_print: tuple[str, ...] = ()  # below the signature: evidence of storage, checkpoint, hashes
    landscape: bool = False
    made_on: date | None = None
    labels: Labels = Labels()
