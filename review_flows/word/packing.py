"""The parts of a new .docx as one file: content types, relationships, properties, zip.

In: a `NewDocument`. Out: the bytes of a .docx, the same bytes for the same document on any day (fixed zip dates, no
clock), so that its sha256 names it.
"""

import io
import zipfile
from collections.abc import Iterable, Mapping

from lxml import etree

from review_flows.word import building
from review_flows.word.building import NewDocument, Side, clean

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_CONTENT = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CORE = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
_PACKAGE_TYPE = "application/vnd.openxmlformats-package"
_WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def _xml(root: etree._Element) -> bytes:
    return _DECLARATION.encode() + etree.tostring(root, encoding="UTF-8")


def _relations(rows: Iterable[tuple[str, str, str]]) -> bytes:
    """A relationships part; ids, types and targets are ours, no text of a user stands in it."""
    lines = "".join(f'<Relationship Id="{id_}" Type="{kind}" Target="{target}"/>' for id_, kind, target in rows)
    return f'{_DECLARATION}<Relationships xmlns="{_RELATIONS}">{lines}</Relationships>'.encode()


def _content_types(sides: list[Side]) -> bytes:
    parts = [
        ("word/document.xml", f"{_WORD_TYPE}.document.main+xml"),
        ("word/styles.xml", f"{_WORD_TYPE}.styles+xml"),
        ("word/settings.xml", f"{_WORD_TYPE}.settings+xml"),
        ("word/fontTable.xml", f"{_WORD_TYPE}.fontTable+xml"),
        ("docProps/core.xml", f"{_PACKAGE_TYPE}.core-properties+xml"),
        *((f"word/{side.name}", f"{_WORD_TYPE}.{side.kind}+xml") for side in sides),
    ]
    lines = "".join(f'<Override PartName="/{part}" ContentType="{kind}"/>' for part, kind in parts)
    usual = (
        f'<Default Extension="rels" ContentType="{_PACKAGE_TYPE}.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    return f'{_DECLARATION}<Types xmlns="{_CONTENT}">{usual}{lines}</Types>'.encode()


def _core(document: NewDocument) -> bytes:
    """Title, author and the document's own date: never the moment of writing."""
    dc, terms = "http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/"
    instance = "http://www.w3.org/2001/XMLSchema-instance"
    spaces = {"cp": _CORE, "dc": dc, "dcterms": terms, "xsi": instance}
    root = etree.Element(f"{{{_CORE}}}coreProperties", nsmap=spaces)
    etree.SubElement(root, f"{{{dc}}}title").text = clean(document.title)
    etree.SubElement(root, f"{{{dc}}}creator").text = clean(document.author)
    if document.made_on is not None:
        created = etree.SubElement(root, f"{{{terms}}}created")
        created.set(f"{{{instance}}}type", "dcterms:W3CDTF")
        created.text = f"{document.made_on.isoformat()}T00:00:00Z"
    return _xml(root)


def _parts(document: NewDocument) -> dict[str, bytes]:
    """Every part by its name in the zip, `[Content_Types].xml` first as Word writes it."""
    sides = building.sides_of(document)
    of_document = [
        ("rId1", f"{_OFFICE}/styles", "styles.xml"),
        ("rId2", f"{_OFFICE}/settings", "settings.xml"),
        ("rId3", f"{_OFFICE}/fontTable", "fontTable.xml"),
        *((side.id, f"{_OFFICE}/{side.kind}", side.name) for side in sides),
    ]
    of_package = [
        ("rId1", f"{_OFFICE}/officeDocument", "word/document.xml"),
        ("rId2", f"{_RELATIONS}/metadata/core-properties", "docProps/core.xml"),
    ]
    return {
        "[Content_Types].xml": _content_types(sides),
        "_rels/.rels": _relations(of_package),
        "word/document.xml": _xml(building.body_root(document, sides)),
        "word/_rels/document.xml.rels": _relations(of_document),
        "word/styles.xml": _xml(building.styles_root(document.styles)),
        "word/settings.xml": _xml(building.settings_root()),
        "word/fontTable.xml": _xml(building.fonts_root(document.fonts)),
        "docProps/core.xml": _core(document),
        **{f"word/{side.name}": _xml(building.side_root(side)) for side in sides},
    }


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A zip of these parts, in this order, with no date of its own: equal parts give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, _ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return buffer.getvalue()


def write(document: NewDocument) -> bytes:
    """The .docx."""
    return packed(_parts(document))
