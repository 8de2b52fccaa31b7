"""A .docx as lines of text: every block in order with its font, size, place and words; never its bytes."""

import io
import os
import zipfile
from pathlib import Path

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
GOLDEN = Path(__file__).parents[1] / "cases" / "papers"


def structure(data: bytes) -> str:
    """Page, headers, footers and body, one block a line."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    root = etree.fromstring(parts["word/document.xml"])
    body = root.find(f"{W}body")
    assert body is not None
    section = body.find(f"{W}sectPr")
    assert section is not None
    return "\n".join([*_page(section), *_sides(section, parts), *_blocks(body)]) + "\n"


def same_as_golden(name: str, data: bytes) -> None:
    """Fails where the paper's structure differs from the golden one; REVIEW_FLOWS_GOLDEN=1 rewrites it."""
    path = GOLDEN / name / "expected.txt"
    found = structure(data)
    if os.environ.get("REVIEW_FLOWS_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, "utf-8")
    assert found == path.read_text("utf-8")


def _page(section: etree._Element) -> list[str]:
    size, margins = section.find(f"{W}pgSz"), section.find(f"{W}pgMar")
    assert size is not None and margins is not None
    paper = "×".join(_mm(size.get(f"{W}{side}")) for side in ("w", "h"))
    edges = "/".join(_mm(margins.get(f"{W}{side}")) for side in ("top", "right", "bottom", "left"))
    return [f"page {paper} mm, margins {edges} mm"]


def _mm(twips: str | None) -> str:
    return f"{int(twips or 0) / 1440 * 25.4:.0f}"


def _sides(section: etree._Element, parts: dict[str, bytes]) -> list[str]:
    relations = etree.fromstring(parts["word/_rels/document.xml.rels"])
    targets = {relation.get("Id"): relation.get("Target") for relation in relations}
    lines = []
    for reference in section.iter(f"{W}headerReference", f"{W}footerReference"):
        side = etree.fromstring(parts[f"word/{targets[reference.get(f'{_R}id')]}"])
        name = f"{etree.QName(reference).localname.removesuffix('Reference')} {reference.get(f'{W}type')}"
        lines += [f"{name}: {_paragraph(paragraph)}" for paragraph in side.iter(f"{W}p")]
    return lines


def _blocks(body: etree._Element) -> list[str]:
    lines = []
    for block in body:
        if block.tag == f"{W}p":
            lines.append(_paragraph(block))
        elif block.tag == f"{W}tbl":
            lines += _table(block)
    return lines


def _table(table: etree._Element) -> list[str]:
    lines = [f"table of {len(list(table.iter(f'{W}gridCol')))} columns"]
    for row in table.findall(f"{W}tr"):
        mark = "heading" if row.find(f"{W}trPr/{W}tblHeader") is not None else "row"
        cells = [" / ".join(_text(p) for p in cell.iter(f"{W}p")) for cell in row.findall(f"{W}tc")]
        lines.append(f"  {mark}: {' | '.join(cells)}")
    return lines


def _paragraph(paragraph: etree._Element) -> str:
    look = paragraph.find(f"{W}pPr")
    assert look is not None
    text = _text(paragraph)
    shown = [*_place(look), *(f"{font} {size}" for font, size in _fonts(paragraph))]
    return f"[{', '.join(shown)}] {text}".rstrip()


def _place(look: etree._Element) -> list[str]:
    """What of the paragraph's place is not the usual: style, page, frame, alignment, indents in characters."""
    shown = []
    style = look.find(f"{W}pStyle")
    if style is not None:
        shown.append(style.get(f"{W}val") or "")
    shown += [name for name in ("pageBreakBefore", "keepNext") if look.find(f"{W}{name}") is not None]
    if look.find(f"{W}framePr") is not None:
        shown.append("frame")
    align = look.find(f"{W}jc")
    if align is not None and align.get(f"{W}val") != "both":
        shown.append(align.get(f"{W}val") or "")
    indent = look.find(f"{W}ind")
    for key in ("firstLineChars", "leftChars", "hangingChars", "rightChars"):
        if indent is not None and indent.get(f"{W}{key}"):
            shown.append(f"{key.removesuffix('Chars')} {int(indent.get(f'{W}{key}') or 0) / 100:g}")
    return shown


def _fonts(paragraph: etree._Element) -> list[tuple[str, str]]:
    """The fonts of the runs with their sizes in points, each change once."""
    fonts: list[tuple[str, str]] = []
    for run in paragraph.iter(f"{W}r"):
        font, size = run.find(f"{W}rPr/{W}rFonts"), run.find(f"{W}rPr/{W}sz")
        if font is not None and size is not None:
            look = (font.get(f"{W}eastAsia") or "", f"{int(size.get(f'{W}val') or 0) / 2:g}")
            if not fonts or fonts[-1] != look:
                fonts.append(look)
    return fonts


def _text(paragraph: etree._Element) -> str:
    words = {f"{W}br": "⏎", f"{W}tab": "⇥"}
    inside = [e for run in paragraph.iter(f"{W}r") for e in run]
    return "".join(words.get(str(e.tag), (e.text or "") if e.tag == f"{W}t" else "") for e in inside)
