"""The only module that spells Word XML tags.

Everything above speaks of paragraphs, runs, tables and changes. Before each behaviour the docstring says what Word
itself does with the XML (ECMA-376 part 1, §17, and what Word and LibreOffice were seen to do).
"""

from lxml import etree

W_NS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R_NS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def w(name: str) -> str:
    """The tag or attribute of this local name in Word's main namespace, as lxml spells it."""
    return f"{{{W_NS}}}{name}"


DOCUMENT, BODY, ALT_CHUNK = w("document"), w("body"), w("altChunk")


def document_fault(root: etree._Element) -> str | None:
    """Why this root cannot be the main part of a Word document, as a Chinese clause, or None.

    `w:altChunk` stands for another file (HTML, RTF, .docx) that Word reads in and merges when it opens the document;
    what it will say cannot be known without Word, so nothing that holds one can be reviewed.
    """
    if root.tag != DOCUMENT or root.find(BODY) is None:
        return "里面的正文部件不是 Word 正文，文件已损坏或不是 Word 文件；请重新另存为 .docx 后再送"
    if next(root.iter(ALT_CHUNK), None) is not None:
        return "正文里嵌有未展开的外部片段（altChunk），看不到其内容；请用 Word 打开并另存一次后再送"
    return None
