"""Builds small .docx files from XML, so that a test shows exactly what Word would have written."""

from review_flows.word.oxml import W_NS
from review_flows.word.package import write_package

_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="{main}.document.main+xml"/>{rest}</Types>"""
_RELS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'


def docx(body: str, **parts: str) -> bytes:
    """A package with this body; `parts` are the inner XML of styles, numbering, footnotes, endnotes."""
    names = {"numbering": "numbering", "styles": "styles", "footnotes": "footnotes", "endnotes": "endnotes"}
    files = {
        "[Content_Types].xml": _TYPES.format(
            main=_MAIN,
            rest="".join(f'<Override PartName="/word/{p}.xml" ContentType="{_MAIN}.{p}+xml"/>' for p in parts),
        ),
        "_rels/.rels": _RELS.format(f'<Relationship Id="r1" Type="{_REL}/officeDocument" Target="word/document.xml"/>'),
        "word/_rels/document.xml.rels": _RELS.format(
            "".join(
                f'<Relationship Id="r{i}" Type="{_REL}/{names[p]}" Target="{p}.xml"/>' for i, p in enumerate(parts, 1)
            )
        ),
        "word/document.xml": f'<w:document xmlns:w="{W_NS}"><w:body>{body}</w:body></w:document>',
    }
    for name, xml in parts.items():
        files[f"word/{name}.xml"] = f'<w:{name} xmlns:w="{W_NS}">{xml}</w:{name}>'
    return write_package({name: text.encode() for name, text in files.items()})


def p(text: str = "", *, properties: str = "", runs: str = "") -> str:
    """A paragraph; `runs` is XML beside or instead of a plain run."""
    plain = f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>' if text else ""
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{plain}{runs}</w:p>"


def numbered(text: str, identity: int, level: int = 0) -> str:
    """A paragraph of a list."""
    return p(text, properties=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{identity}"/></w:numPr>')


def abstract(identity: int, *levels: str) -> str:
    """An abstract list."""
    return f'<w:abstractNum w:abstractNumId="{identity}">{"".join(levels)}</w:abstractNum>'


def level(at: int, text: str, shape: str = "decimal", *, start: int = 1, rest: str = "") -> str:
    """A level of an abstract list."""
    shown = f'<w:numFmt w:val="{shape}"/><w:lvlText w:val="{text}"/>'
    return f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/>{shown}{rest}</w:lvl>'


def num(identity: int, of: int, overrides: str = "") -> str:
    """A list."""
    return f'<w:num w:numId="{identity}"><w:abstractNumId w:val="{of}"/>{overrides}</w:num>'
