"""Small Word files for tests, spelled out in XML."""

import io
import zipfile
from collections.abc import Mapping

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS_NS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES_NS = "http://schemas.openxmlformats.org/package/2006/content-types"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
MAIN_TYPE = f"{WORD_TYPE}.document.main+xml"
NAMESPACES = (
    f'xmlns:w="{W}" xmlns:r="{OFFICE}" xmlns:v="urn:schemas-microsoft-com:vml"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)


def relations(*rows: tuple[str, str, str, str]) -> bytes:
    """A .rels part of (id, kind, target, mode)."""
    items = "".join(
        f'<Relationship Id="{i}" Type="{OFFICE}/{kind}" Target="{target}" TargetMode="{mode or "Internal"}"/>'
        for i, kind, target, mode in rows
    )
    return f'<Relationships xmlns="{RELS_NS}">{items}</Relationships>'.encode()


def document(body: str = "<w:p><w:r><w:t>第一条　为了规范管理，制定本办法。</w:t></w:r></w:p>") -> bytes:
    return f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>".encode()


def story(tag: str, content: str) -> bytes:
    """A header, footer, footnotes … part."""
    return f"<w:{tag} {NAMESPACES}>{content}</w:{tag}>".encode()


def parts(**changes: bytes) -> dict[str, bytes]:
    types = (
        f'<Types xmlns="{TYPES_NS}">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="png" ContentType="image/png"/>'
        f'<Override PartName="/word/document.xml" ContentType="{MAIN_TYPE}"/></Types>'
    )
    return {
        "[Content_Types].xml": types.encode(),
        "_rels/.rels": relations(("r1", "officeDocument", "word/document.xml", "")),
        "word/document.xml": document(),
        **changes,
    }


def zipped(members: Mapping[str, bytes] | list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    rows = members.items() if isinstance(members, Mapping) else members
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in rows:
            target.writestr(name, data)
    return buffer.getvalue()


def docx(
    body: str, related: Mapping[str, tuple[str, bytes]] | None = None, links: Mapping[str, str] | None = None
) -> bytes:
    """A file with this body; `related`: relationship id → (kind, bytes) of further parts, `links`: id → address."""
    members = parts(**{"word/document.xml": document(body)})
    rows, overrides = [], ""
    for key, (kind, data) in (related or {}).items():
        name = f"media/{key}.png" if kind == "image" else f"{kind}{'' if kind.endswith('s') else key[3:]}.xml"
        if kind == "numbering":
            name = "numbering.xml"
        members[f"word/{name}"] = data
        rows.append((key, kind, name, ""))
        if kind != "image":
            overrides += f'<Override PartName="/word/{name}" ContentType="{WORD_TYPE}.{kind}+xml"/>'
    rows += [(key, "hyperlink", address, "External") for key, address in (links or {}).items()]
    members["word/_rels/document.xml.rels"] = relations(*rows)
    members["[Content_Types].xml"] = members["[Content_Types].xml"].replace(
        b"</Types>", f"{overrides}</Types>".encode()
    )
    return zipped(members)


# ---- pieces of a body


def r(text: str, look: str = "") -> str:
    """A run; `look` is the inside of w:rPr, or one of the short names b, i."""
    inside = {"b": "<w:b/>", "i": "<w:i/>"}.get(look, look)
    properties = f"<w:rPr>{inside}</w:rPr>" if inside else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{text}</w:t></w:r>'


def p(*content: str, look: str = "") -> str:
    """A paragraph of runs or other inline XML; plain text becomes a run. `look` is the inside of w:pPr."""
    properties = f"<w:pPr>{look}</w:pPr>" if look else ""
    inside = "".join(c if c.startswith("<") else r(c) for c in content if c)
    return f"<w:p>{properties}{inside}</w:p>"


def cell(*blocks: str, look: str = "") -> str:
    inside = "".join(b if b.startswith("<") else p(b) for b in blocks)
    return f"<w:tc>{f'<w:tcPr>{look}</w:tcPr>' if look else ''}{inside}</w:tc>"


def row(*cells: str) -> str:
    return "<w:tr>" + "".join(c if c.startswith("<w:tc") else cell(c) for c in cells) + "</w:tr>"


def table(*rows: str) -> str:
    return f'<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/></w:tblPr><w:tblGrid/>{"".join(rows)}</w:tbl>'
