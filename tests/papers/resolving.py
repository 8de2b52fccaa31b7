"""Accepting and rejecting a redline, and what a reader then sees: written for the tests, apart from the engine.

Word's model is taken literally: a story is a stream of characters and paragraph marks; a mark that is gone lets its
paragraph run on into the next; rows that are gone go whole. Out comes a list of lines (place, text, look), where the
look says how each stretch of text and the paragraph are formatted.
"""

import hashlib
import io
import posixpath
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
GONE = {"accept": ("del", "moveFrom"), "reject": ("ins", "moveTo")}
MARKS = ("ins", "del", "moveFrom", "moveTo")


@dataclass(frozen=True)
class Line:
    place: str
    text: str
    look: str


class File:
    """A .docx: its parts as trees and what their relationship ids stand for."""

    def __init__(self, data: bytes) -> None:
        self.zip = zipfile.ZipFile(io.BytesIO(data))
        self.names = set(self.zip.namelist())

    def tree(self, part: str) -> etree._Element:
        return etree.fromstring(self.zip.read(part))

    def targets(self, part: str) -> dict[str, str]:
        folder, base = posixpath.split(part)
        rels = f"{folder}/_rels/{base}.rels"
        if rels not in self.names:
            return {}
        return {
            e.get("Id", ""): posixpath.normpath(posixpath.join(folder, e.get("Target", ""))) for e in self.tree(rels)
        }

    def part(self, ending: str) -> str | None:
        return next((name for name in sorted(self.names) if name.endswith(ending)), None)


@dataclass
class _Stream:
    """The paragraph being read: what came so far of it."""

    text: list[tuple[str, str]] = field(default_factory=list)

    def line(self, place: str, look: str) -> Line:
        merged: list[tuple[str, str]] = []
        for text, how in self.text:
            if merged and merged[-1][1] == how:
                merged[-1] = (merged[-1][0] + text, how)
            else:
                merged.append((text, how))
        self.text = []
        return Line(place, "".join(t for t, _ in merged), f"{look} / {[(len(t), h) for t, h in merged]}")


class _Resolver:
    def __init__(self, file: File, part: str, mode: str) -> None:
        self.file, self.mode, self.targets = file, mode, file.targets(part)
        self.notes: list[tuple[str, str]] = []

    def story(self, container: etree._Element, place: str) -> Iterator[Line]:
        stream = _Stream()
        for block in _blocks(container):
            if block.tag == W + "p":
                yield from self.boxes(block, place)
                self.inline(block, stream)
                if not self.mark_gone(block):
                    yield stream.line(place, self.look(block.find(W + "pPr"), "pPrChange"))
            else:
                yield from self.unfinished(stream, place)
                yield from self.table(block, place)
        yield from self.unfinished(stream, place)

    def unfinished(self, stream: _Stream, place: str) -> Iterator[Line]:
        if stream.text:
            yield stream.line(f"{place} without an end", "")

    def table(self, table: etree._Element, place: str) -> Iterator[Line]:
        number = 0
        for row in table.iter(W + "tr"):
            if next(row.iterancestors(W + "tbl")) is not table or self.row_gone(row):
                continue
            look = self.look(row.find(W + "trPr"), "trPrChange")
            for column, cell in enumerate(row.findall(W + "tc")):
                cell_look = self.look(cell.find(W + "tcPr"), "tcPrChange")
                yield Line(f"{place}/row {number} cell {column}", "", f"{look} {cell_look}")
                yield from self.story(cell, f"{place}/row {number} cell {column}")
            number += 1

    def row_gone(self, row: etree._Element) -> bool:
        properties = row.find(W + "trPr")
        return properties is not None and any(properties.find(W + tag) is not None for tag in GONE[self.mode])

    def mark_gone(self, paragraph: etree._Element) -> bool:
        mark = paragraph.find(f"{W}pPr/{W}rPr")
        return mark is not None and any(mark.find(W + tag) is not None for tag in GONE[self.mode])

    def look(self, properties: etree._Element | None, change: str) -> str:
        if properties is None:
            return ""
        former = properties.find(W + change)
        shown = former[0] if self.mode == "reject" and former is not None else properties
        skipped = {W + tag for tag in (*MARKS, change, "rPr", "sectPr")}
        return " ".join(sorted(_plain(child) for child in shown if child.tag not in skipped))

    def boxes(self, paragraph: etree._Element, place: str) -> Iterator[Line]:
        for box in paragraph.iter(W + "txbxContent"):
            inside_other = (
                sum(a.tag == W + "p" for a in box.iterancestors())
                > sum(a.tag == W + "p" for a in paragraph.iterancestors()) + 1
            )
            if not inside_other and not self.is_gone(box):
                yield from self.story(box, f"{place}/box")

    def is_gone(self, element: etree._Element) -> bool:
        return any(a.tag in [W + tag for tag in GONE[self.mode]] for a in element.iterancestors())

    def inline(self, parent: etree._Element, stream: _Stream) -> None:
        for child in parent:
            name = etree.QName(child).localname
            if name in GONE[self.mode]:
                continue
            if name == "r":
                self.run(child, stream)
            elif name == "fldSimple":  # the same to a reader as the field spelled out in runs
                head, tail = f"<fldChar begin>{child.get(W + 'instr')}<fldChar separate>", "<fldChar end>"
                stream.text.append((head, ""))
                self.inline(child, stream)
                stream.text.append((tail, ""))
            elif name not in ("pPr", "sdtPr"):
                self.inline(child, stream)

    def run(self, run: etree._Element, stream: _Stream) -> None:
        how = self.look(run.find(W + "rPr"), "rPrChange")
        for child in run:
            text = self.content(child, etree.QName(child).localname)
            if text:
                stream.text.append((text, how))

    def content(self, child: etree._Element, name: str) -> str:
        if name in ("t", "delText", "instrText", "delInstrText"):
            return child.text or ""
        if name in ("tab", "br", "fldChar"):
            return f"<{name} {child.get(W + 'fldCharType') or ''}>"
        if name in ("footnoteReference", "endnoteReference"):
            self.notes.append((name.removesuffix("Reference"), child.get(W + "id", "")))
            return f"<{name}>"
        blip = next((e.get(R + "embed") for e in child.iter() if e.get(R + "embed")), None)
        if blip:
            return f"<picture {hashlib.sha256(self.file.zip.read(self.targets[blip])).hexdigest()[:8]}>"
        return "<box>" if child.find(f".//{W}txbxContent") is not None else ""


def resolved(data: bytes, mode: str) -> list[Line]:
    """What a reader sees of the whole file once every revision is accepted, or rejected."""
    file = File(data)
    main = _Resolver(file, "word/document.xml", mode)
    body = file.tree("word/document.xml").find(W + "body")
    assert body is not None
    lines = list(main.story(body, "body"))
    for kind, note in main.notes:
        root = file.tree(f"word/{kind}s.xml")
        story = next(e for e in root if e.get(W + "id") == note)
        lines += _Resolver(file, f"word/{kind}s.xml", mode).story(story, kind)
    for kind in ("header", "footer"):
        for section in body.iter(W + "sectPr"):
            for reference in section.findall(f"{W}{kind}Reference"):
                part = main.targets[reference.get(R + "id", "")]
                lines += [x for x in _Resolver(file, part, mode).story(file.tree(part), kind) if x.text]
    last = body.find(W + "sectPr")
    return [*lines, Line("section", "", main.look(_without_references(last), "sectPrChange"))]


def _without_references(section: etree._Element | None) -> etree._Element | None:
    for child in list(section if section is not None else ()):
        if child.tag in (W + "headerReference", W + "footerReference"):
            section.remove(child)  # type: ignore[union-attr]
    return section


def _blocks(container: etree._Element) -> Iterator[etree._Element]:
    for child in container:
        if child.tag in (W + "p", W + "tbl"):
            yield child
        elif child.tag == W + "sdt":
            content = child.find(W + "sdtContent")
            yield from _blocks(content) if content is not None else ()


def _plain(element: etree._Element) -> str:
    attributes = " ".join(f"{etree.QName(str(k)).localname}={v}" for k, v in sorted(element.items()))
    return f"{etree.QName(element).localname}({attributes}{''.join(_plain(c) for c in element)})"


def faults(data: bytes) -> list[str]:
    """What would make Word repair or refuse the file."""
    file = File(data)
    out: list[str] = []
    for part in [n for n in file.names if n.startswith("word/") and n.endswith(".xml")]:
        tree = file.tree(part)
        out += _mark_faults(tree) + _move_faults(tree)
        targets = file.targets(part)
        used = [v for e in tree.iter() for k, v in e.items() if str(k).startswith(R)]
        out += [f"{part}: nothing stands under {v}" for v in used if v not in targets]
    return out


def _mark_faults(tree: etree._Element) -> list[str]:
    out: list[str] = []
    changes = [e for e in tree.iter(etree.Element) if etree.QName(e).localname.endswith("Change")]
    marks = [*tree.iter(*[W + tag for tag in MARKS]), *changes]
    out += [f"id {i} twice" for i, n in Counter(m.get(W + "id") for m in marks).items() if n > 1]
    out += ["no author" for m in marks if m.get(W + "author") is None and m.tag != W + "tblGridChange"]
    for text in tree.iter(W + "t"):
        out += ["w:t in w:del"] if next(text.iterancestors(W + "del"), None) is not None else []
    for text in tree.iter(W + "delText"):
        out += ["w:delText outside w:del"] if next(text.iterancestors(W + "del"), None) is None else []
    for mark in tree.iter(*[W + tag for tag in MARKS]):
        parent = mark.getparent()
        if parent is not None and parent.tag == W + "rPr" and parent[0].tag not in [W + tag for tag in MARKS]:
            out.append("a mark behind other properties")
    for cell in tree.iter(W + "tc"):
        row = next(cell.iterancestors(W + "tr"))
        marked = any(row.find(f"{W}trPr/{W}{tag}") is not None for tag in MARKS)
        last = cell[-1].find(f"{W}pPr/{W}rPr")
        if not marked and last is not None and any(last.find(W + tag) is not None for tag in MARKS):
            out.append("the last mark of a cell is revised")
    return out


def _move_faults(tree: etree._Element) -> list[str]:
    starts = {side: [e.get(W + "name") for e in tree.iter(f"{W}{side}RangeStart")] for side in ("moveFrom", "moveTo")}
    out = [] if sorted(map(str, starts["moveFrom"])) == sorted(map(str, starts["moveTo"])) else ["moves not paired"]
    out += ["a move's name is used twice"] if len(set(starts["moveTo"])) < len(starts["moveTo"]) else []
    for side in ("moveFrom", "moveTo"):
        ids = [sorted(str(e.get(W + "id")) for e in tree.iter(f"{W}{side}Range{end}")) for end in ("Start", "End")]
        out += [] if ids[0] == ids[1] else ["a range without an end"]
    return out
