"""Word documents made from nothing: the tags of a page that is written, as `oxml` holds those of a page that is read.

In: a `NewDocument` of paragraphs, tables, headers and footers that speak of points, millimetres and characters. Out:
the XML roots of its parts; `packing` makes the .docx of them.

What Word does with it (ECMA-376 part 1, seen in Word and LibreOffice):
* A Chinese font is chosen by `w:rFonts/@w:eastAsia`; `@w:ascii` and `@w:hAnsi` serve digits and Latin letters only.
* `w:lineRule="exact"` gives the pitch of every line whatever stands in it.
* Indents in characters (`w:firstLineChars`, hundredths) win over those in twips, which stay for programs without them.
* `w:framePr` lifts paragraphs out of the text, with the same result in both programs (a floating table is not: before
  version 7.6 LibreOffice lets it stand in the text). At the foot of a page it loses its place in LibreOffice where a
  paragraph in it has an edge: a rule there is a shaded line.
* Of `w:docGrid` only the lines are used. Characters on a grid narrower than themselves take two cells in LibreOffice;
  the 28 characters of a line are had by `w:spacing` in the default style.
* With `w:evenAndOddHeaders` in the settings the `default` header is that of odd pages; `w:titlePg` opens `first`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from lxml import etree

from review_flows.word.oxml import R_NS, W_NS, w

Align = Literal["left", "center", "right", "both", "distribute"]
Place = Literal["default", "even", "first"]  # of a header or footer: odd pages, even pages, the first page

TWIPS_PER_POINT = 20
TWIPS_PER_MM = 1440 / 25.4
_EIGHTHS_PER_POINT = 8  # w:sz of a border
_HALVES_PER_POINT = 2  # w:sz of a font
_HUNDREDTHS = 100  # w:firstLineChars
_FORBIDDEN_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Run:
    """Characters of one look; with `page_number`, the number of the page in their place."""

    text: str
    font: str = ""
    size_pt: float = 0
    bold: bool = False
    underline: bool = False
    strike: bool = False
    colour: str = ""  # RRGGBB
    spacing_pt: float = 0  # added after each character
    page_number: bool = False


@dataclass(frozen=True)
class Rule:
    """A line along a paragraph's edge; `kind` is Word's name of it."""

    kind: Literal["single", "thickThinSmallGap", "thinThickSmallGap"] = "single"
    width_pt: float = 0.5
    colour: str = "000000"
    space_pt: int = 1


@dataclass(frozen=True)
class Frame:
    """A place that a paragraph is lifted to: `top_mm` below the paper's edge, or without it the foot of the text area.

    Paragraphs of equal frames that follow each other share one; Word ties it to the page of the next paragraph.
    """

    width_mm: float
    top_mm: float | None = None


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; indents in characters of `char_pt`, lines of exactly `line_pt` (0: single)."""

    runs: tuple[Run, ...] = ()
    style: str = ""
    align: Align = "both"
    char_pt: float = 16
    first_chars: float = 0
    left_chars: float = 0
    hanging_chars: float = 0
    right_chars: float = 0
    beyond_mm: tuple[float, float] = (0, 0)  # how far it reaches into the left and right margins
    line_pt: float = 0
    before_pt: float = 0
    after_pt: float = 0
    keep_with_next: bool = False
    keep_lines: bool = False
    starts_page: bool = False
    top_rule: Rule | None = None
    bottom_rule: Rule | None = None
    shade: str = ""  # RRGGBB behind all of it
    frame: Frame | None = None
    right_tab_chars: float | None = None  # a right-aligned tab stop, from the left edge of the text area


@dataclass(frozen=True)
class Cell:
    """A cell over `span` columns; `merge` joins it to the cell above."""

    paragraphs: tuple[Paragraph, ...]
    span: int = 1
    merge: Literal["", "start", "continue"] = ""
    shade: str = ""  # RRGGBB
    top: bool = False  # text at the top edge instead of the middle


@dataclass(frozen=True)
class Row:
    """A table row; `header` repeats it on every page, `splits` lets it run over a page end."""

    cells: tuple[Cell, ...]
    header: bool = False
    splits: bool = False
    height_pt: float = 0  # at least


@dataclass(frozen=True)
class Table:
    """A table; `rules` are the widths in points of its outer top, bottom and side lines and its inner lines."""

    widths_mm: tuple[float, ...]
    rows: tuple[Row, ...]
    top_pt: float = 0.5
    bottom_pt: float = 0.5
    side_pt: float = 0.5
    inner_pt: float = 0.5
    padding_mm: float = 1.9  # of a cell, left and right
    padding_pt: float = 3.0  # above and below


@dataclass(frozen=True)
class Page:
    """Paper, margins and grid; headers and footers stand `header_mm` and `footer_mm` from the paper's edges."""

    width_mm: float
    height_mm: float
    top_mm: float
    bottom_mm: float
    left_mm: float
    right_mm: float
    header_mm: float
    footer_mm: float
    line_pt: float
    landscape: bool = False

    @property
    def text_width_mm(self) -> float:
        """The width of the text area."""
        return self.width_mm - self.left_mm - self.right_mm


@dataclass(frozen=True)
class Style:
    """A paragraph style: its Word id, the name people see, and what it looks like."""

    id: str
    name: str
    font: str
    size_pt: float
    outline: int | None = None  # level in the navigation pane, from 0
    spacing_pt: float = 0  # added after each character


@dataclass(frozen=True)
class Font:
    """A font by name, and what a machine without it may take instead."""

    name: str
    instead: str
    family: Literal["roman", "swiss", "modern", "script"] = "roman"


Block = Paragraph | Table


@dataclass(frozen=True)
class NewDocument:
    """All that a .docx is made of; the first style is the default one."""

    page: Page
    blocks: tuple[Block, ...]
    styles: tuple[Style, ...]
    fonts: tuple[Font, ...]
    headers: Mapping[Place, tuple[Paragraph, ...]] = field(default_factory=dict)
    footers: Mapping[Place, tuple[Paragraph, ...]] = field(default_factory=dict)
    title: str = ""
    author: str = ""
    made_on: date | None = None


def twips_of_mm(mm: float) -> int:
    """The nearest whole number of twips (1/20 pt)."""
    return round(mm * TWIPS_PER_MM)


def clean(text: str) -> str:
    """The text with what XML cannot hold shown as U+FFFD."""
    return _FORBIDDEN_IN_XML.sub("\ufffd", text)


# ---- elements


def _make(name: str, /, *children: etree._Element | None, **attributes: str | int) -> etree._Element:
    """An element of the main namespace; attributes likewise, absent children left out."""
    element = etree.Element(w(name))
    for key, value in attributes.items():
        element.set(w(key), str(value))
    element.extend(child for child in children if child is not None)
    return element


def _flag(name: str, on: bool) -> etree._Element | None:
    return _make(name) if on else None


def _run_look(run: Run) -> etree._Element:
    """`w:rPr`, its children in the order of the schema; `w:hint` makes Word take “” and — from the Chinese font."""
    look = _make("rPr")
    if run.font:
        look.append(_make("rFonts", ascii=run.font, hAnsi=run.font, eastAsia=run.font, cs=run.font, hint="eastAsia"))
    look.extend(flag for flag in (_flag("b", run.bold), _flag("strike", run.strike)) if flag is not None)
    if run.colour:
        look.append(_make("color", val=run.colour))
    if run.spacing_pt:
        look.append(_make("spacing", val=round(run.spacing_pt * TWIPS_PER_POINT)))
    if run.size_pt:
        half_points = round(run.size_pt * _HALVES_PER_POINT)
        look.extend((_make("sz", val=half_points), _make("szCs", val=half_points)))
    if run.underline:
        look.append(_make("u", val="single"))
    return look


def _text_parts(text: str) -> Iterable[etree._Element]:
    """`w:t`, `w:br` and `w:tab` for the characters of a run."""
    for part in re.split("([\n\t])", clean(text)):
        if part in ("\n", "\t"):
            yield _make("br" if part == "\n" else "tab")
        elif part:
            element = _make("t")
            element.text = part
            element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            yield element


def _run(run: Run) -> list[etree._Element]:
    """The run, or the three runs of a PAGE field."""
    if not run.page_number:
        return [_make("r", _run_look(run), *_text_parts(run.text))]
    instruction = _make("instrText")
    instruction.text = "PAGE"
    shown = _make("t")
    shown.text = "1"
    parts = (
        _make("fldChar", fldCharType="begin"),
        instruction,
        _make("fldChar", fldCharType="separate"),
        shown,
        _make("fldChar", fldCharType="end"),
    )
    return [_make("r", _run_look(run), part) for part in parts]


def _rule(name: str, rule: Rule) -> etree._Element:
    size = round(rule.width_pt * _EIGHTHS_PER_POINT)
    return _make(name, val=rule.kind, sz=size, space=rule.space_pt, color=rule.colour)


def _paragraph_rules(paragraph: Paragraph) -> etree._Element | None:
    top, bottom = paragraph.top_rule, paragraph.bottom_rule
    if top is None and bottom is None:
        return None
    return _make("pBdr", *(_rule(name, rule) for name, rule in (("top", top), ("bottom", bottom)) if rule))


def _indent(paragraph: Paragraph) -> etree._Element | None:
    """`w:ind` in characters, with twips beside it; into the margins in twips only."""
    given: dict[str, str | int] = {}
    for key, chars in (
        ("left", paragraph.left_chars),
        ("right", paragraph.right_chars),
        ("hanging", paragraph.hanging_chars),
        ("firstLine", paragraph.first_chars),
    ):
        if chars:
            given[f"{key}Chars"] = round(chars * _HUNDREDTHS)
            given[key] = round(chars * paragraph.char_pt * TWIPS_PER_POINT)
    for key, mm in zip(("left", "right"), paragraph.beyond_mm, strict=True):
        if mm:
            given[key] = -twips_of_mm(mm)
    return _make("ind", **given) if given else None


def _spacing(paragraph: Paragraph) -> etree._Element:
    given: dict[str, str | int] = {
        "before": round(paragraph.before_pt * TWIPS_PER_POINT),
        "after": round(paragraph.after_pt * TWIPS_PER_POINT),
    }
    if paragraph.line_pt:
        given |= {"line": round(paragraph.line_pt * TWIPS_PER_POINT), "lineRule": "exact"}
    return _make("spacing", **given)


def _frame(frame: Frame | None) -> etree._Element | None:
    if frame is None:
        return None
    width = twips_of_mm(frame.width_mm)
    if frame.top_mm is None:
        at = {"vAnchor": "margin", "hAnchor": "margin", "xAlign": "left", "yAlign": "bottom"}
        return _make("framePr", w=width, wrap="around", **at)
    at = {"vAnchor": "page", "hAnchor": "page", "xAlign": "center"}
    return _make("framePr", w=width, wrap="around", **at, y=twips_of_mm(frame.top_mm))


def _tabs(paragraph: Paragraph) -> etree._Element | None:
    if paragraph.right_tab_chars is None:
        return None
    place = round(paragraph.right_tab_chars * paragraph.char_pt * TWIPS_PER_POINT)
    return _make("tabs", _make("tab", val="right", pos=place))


def _paragraph(paragraph: Paragraph) -> etree._Element:
    """`w:p`, the children of `w:pPr` in the order of the schema."""
    look = _make(
        "pPr",
        _make("pStyle", val=paragraph.style) if paragraph.style else None,
        _flag("keepNext", paragraph.keep_with_next),
        _flag("keepLines", paragraph.keep_lines),
        _flag("pageBreakBefore", paragraph.starts_page),
        _frame(paragraph.frame),
        _make("widowControl", val="0"),  # 22 lines a page, none left empty
        _paragraph_rules(paragraph),
        _make("shd", val="clear", color="auto", fill=paragraph.shade) if paragraph.shade else None,
        _tabs(paragraph),
        _make("autoSpaceDE", val="0"),  # no space of Word's own between Chinese and Latin or digits:
        _make("autoSpaceDN", val="0"),  # widths can then be counted in characters
        # LibreOffice would give a line that is taller than the grid two of its lines, exact pitch or not.
        _make("snapToGrid", val="0") if paragraph.line_pt else None,
        _spacing(paragraph),
        _indent(paragraph),
        _make("jc", val=paragraph.align),
    )
    element = _make("p", look)
    for run in paragraph.runs:
        element.extend(_run(run))
    if not paragraph.runs and paragraph.line_pt:
        look.append(_make("rPr", _make("sz", val=round(paragraph.char_pt * _HALVES_PER_POINT))))
    return element


# ---- tables


def _cell(cell: Cell, width_mm: float) -> etree._Element:
    merge = {"": None, "start": _make("vMerge", val="restart"), "continue": _make("vMerge")}[cell.merge]
    look = _make(
        "tcPr",
        _make("tcW", w=twips_of_mm(width_mm), type="dxa"),
        _make("gridSpan", val=cell.span) if cell.span > 1 else None,
        merge,
        _make("shd", val="clear", color="auto", fill=cell.shade) if cell.shade else None,
        _make("vAlign", val="top" if cell.top else "center"),
    )
    return _make("tc", look, *(_paragraph(paragraph) for paragraph in cell.paragraphs or (Paragraph(),)))


def _row(row: Row, widths_mm: tuple[float, ...]) -> etree._Element:
    height = _make("trHeight", val=round(row.height_pt * TWIPS_PER_POINT), hRule="atLeast") if row.height_pt else None
    element = _make("tr", _make("trPr", _flag("cantSplit", not row.splits), height, _flag("tblHeader", row.header)))
    at = 0
    for cell in row.cells:
        element.append(_cell(cell, sum(widths_mm[at : at + cell.span])))
        at += cell.span
    return element


def _table_rules(table: Table) -> etree._Element:
    widths = {
        "top": table.top_pt,
        "left": table.side_pt,
        "bottom": table.bottom_pt,
        "right": table.side_pt,
        "insideH": table.inner_pt,
        "insideV": table.inner_pt if table.side_pt else 0,
    }
    lines = (
        _rule(name, Rule(width_pt=width, space_pt=0)) if width else _make(name, val="nil")
        for name, width in widths.items()
    )
    return _make("tblBorders", *lines)


def _table(table: Table) -> etree._Element:
    """`w:tbl` of fixed columns."""
    padding = twips_of_mm(table.padding_mm)
    sides = {"top": round(table.padding_pt * TWIPS_PER_POINT), "left": padding}
    sides |= {"bottom": sides["top"], "right": padding}
    margins = _make("tblCellMar", *(_make(name, w=width, type="dxa") for name, width in sides.items()))
    look = _make(
        "tblPr",
        _make("tblW", w=twips_of_mm(sum(table.widths_mm)), type="dxa"),
        _make("jc", val="center"),
        _table_rules(table),
        _make("tblLayout", type="fixed"),
        margins,
    )
    grid = _make("tblGrid", *(_make("gridCol", w=twips_of_mm(width)) for width in table.widths_mm))
    return _make("tbl", look, grid, *(_row(row, table.widths_mm) for row in table.rows))


# ---- parts


@dataclass(frozen=True)
class Side:
    """A header or footer part and the relationship that ties it to the page."""

    kind: Literal["header", "footer"]
    place: Place
    paragraphs: tuple[Paragraph, ...]
    number: int

    @property
    def id(self) -> str:
        return f"rId{self.number}"

    @property
    def name(self) -> str:
        return f"{self.kind}{self.number}.xml"


_FIRST_SIDE_ID = 10  # below it: styles, settings, fonts


def sides_of(document: NewDocument) -> list[Side]:
    given = [("header", *item) for item in document.headers.items()]
    given += [("footer", *item) for item in document.footers.items()]
    return [
        Side("header" if kind == "header" else "footer", place, paragraphs, _FIRST_SIDE_ID + at)
        for at, (kind, place, paragraphs) in enumerate(given)
    ]


def _section(page: Page, sides: list[Side]) -> etree._Element:
    """`w:sectPr`: which headers and footers, paper, margins, the grid of lines and characters."""
    section = _make("sectPr")
    for side in sides:
        reference = _make(f"{side.kind}Reference", type=side.place)
        reference.set(f"{{{R_NS}}}id", side.id)
        section.append(reference)
    size = _make("pgSz", w=twips_of_mm(page.width_mm), h=twips_of_mm(page.height_mm))
    if page.landscape:
        size.set(w("orient"), "landscape")
    edges = {
        "top": page.top_mm, "right": page.right_mm, "bottom": page.bottom_mm, "left": page.left_mm,
        "header": page.header_mm, "footer": page.footer_mm,
    }  # fmt: skip
    margins = _make("pgMar", **{name: twips_of_mm(mm) for name, mm in edges.items()}, gutter=0)
    section.extend((size, margins))
    if any(side.place == "first" for side in sides):
        section.append(_make("titlePg"))
    section.append(_make("docGrid", type="lines", linePitch=round(page.line_pt * TWIPS_PER_POINT)))
    return section


def body_root(document: NewDocument, sides: list[Side]) -> etree._Element:
    """`w:document`; a paragraph follows every table, since Word refuses a body that ends with one."""
    body = _make("body")
    for block in document.blocks:
        body.append(_paragraph(block) if isinstance(block, Paragraph) else _table(block))
    if document.blocks and isinstance(document.blocks[-1], Table):
        body.append(_paragraph(Paragraph(char_pt=1, line_pt=1)))
    body.append(_section(document.page, sides))
    root = etree.Element(w("document"), nsmap={"w": W_NS, "r": R_NS})
    root.append(body)
    return root


def side_root(side: Side) -> etree._Element:
    root = etree.Element(w("hdr" if side.kind == "header" else "ftr"), nsmap={"w": W_NS, "r": R_NS})
    root.extend(_paragraph(paragraph) for paragraph in side.paragraphs)
    return root


def _style(style: Style, default: bool) -> etree._Element:
    outline = _make("outlineLvl", val=style.outline) if style.outline is not None else None
    element = _make(
        "style",
        _make("name", val=style.name),
        None if default else _make("basedOn", val="Normal"),
        None if default else _make("next", val="Normal"),
        _make("qFormat"),
        _make("pPr", outline),
        _run_look(Run("", style.font, style.size_pt, spacing_pt=style.spacing_pt)),
        type="paragraph",
        styleId=style.id,
    )
    if default:
        element.set(w("default"), "1")
    return element


def styles_root(styles: tuple[Style, ...]) -> etree._Element:
    plain = _run_look(Run("", font=styles[0].font, size_pt=styles[0].size_pt))
    plain.append(_make("lang", val="en-US", eastAsia="zh-CN", bidi="ar-SA"))
    root = etree.Element(w("styles"), nsmap={"w": W_NS})
    root.append(_make("docDefaults", _make("rPrDefault", plain), _make("pPrDefault", _make("pPr"))))
    root.extend(_style(style, default=at == 0) for at, style in enumerate(styles))
    return root


def settings_root() -> etree._Element:
    """Odd and even pages differ; punctuation is compressed at line ends; Word 2013+ layout, no compatibility mode."""
    mode = _make("compatSetting", name="compatibilityMode", uri="http://schemas.microsoft.com/office/word", val=15)
    root = etree.Element(w("settings"), nsmap={"w": W_NS})
    root.extend(
        (
            _make("evenAndOddHeaders"),
            _make("drawingGridVerticalSpacing", val=156),
            _make("characterSpacingControl", val="compressPunctuation"),
            _make("compat", _make("useFELayout"), mode),
            _make("themeFontLang", val="en-US", eastAsia="zh-CN"),
        )
    )
    return root


def fonts_root(fonts: tuple[Font, ...]) -> etree._Element:
    """`w:fonts`: `w:altName` is the font Word takes on a machine without the first; charset 86 is GB 2312."""
    root = etree.Element(w("fonts"), nsmap={"w": W_NS})
    for font in fonts:
        root.append(
            _make(
                "font",
                _make("altName", val=font.instead),
                _make("charset", val="86"),
                _make("family", val=font.family),
                _make("pitch", val="variable"),
                name=font.name,
            )
        )
    return root
