"""The only module that spells Word XML tags.

Everything above speaks of paragraphs, runs, tables and changes, and uses these names. Before each Word behaviour,
here and in the other modules of this room, the docstring says what Word itself does with the XML (ECMA-376 part 1,
§17, and what Word and LibreOffice were seen to do).
"""

from collections.abc import Iterator, Sequence
from typing import cast

from lxml import etree

W_NS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
WORD_2003_ROOT = b"<w:wordDocument"  # the whole document as one XML file, before there was .docx
R_NS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
M_NS = "http://schemas.openxmlformats.org/officeDocument/2006/math"
MC_NS = "http://schemas.openxmlformats.org/markup-compatibility/2006"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
RELATION_PREFIX = f"{{{R_NS}}}"


def w(name: str) -> str:
    """The tag or attribute of this local name in Word's main namespace, as lxml spells it."""
    return f"{{{W_NS}}}{name}"


# Stories and blocks
DOCUMENT, BODY, ALT_CHUNK, TEXT_BOX = w("document"), w("body"), w("altChunk"), w("txbxContent")
P, PPR, SECT_PR = w("p"), w("pPr"), w("sectPr")
TBL, TBL_PR, TBL_GRID, GRID_COL, TBL_PR_EX = w("tbl"), w("tblPr"), w("tblGrid"), w("gridCol"), w("tblPrEx")
TR, TR_PR, TC, TC_PR = w("tr"), w("trPr"), w("tc"), w("tcPr")
SDT, SDT_PR, SDT_END_PR, SDT_CONTENT = w("sdt"), w("sdtPr"), w("sdtEndPr"), w("sdtContent")
DOC_PART = w("docPartObj")
CUSTOM_XML, CUSTOM_XML_PR, SMART_TAG, SMART_TAG_PR = w("customXml"), w("customXmlPr"), w("smartTag"), w("smartTagPr")

# Inline
R, RPR, T, DEL_TEXT = w("r"), w("rPr"), w("t"), w("delText")
TAB, BR, CR, NO_BREAK_HYPHEN, LAST_PAGE_BREAK = (
    w("tab"),
    w("br"),
    w("cr"),
    w("noBreakHyphen"),
    w("lastRenderedPageBreak"),
)
DRAWING, PICT, OBJECT, RUBY = w("drawing"), w("pict"), w("object"), w("ruby")
FLD_CHAR, FLD_CHAR_TYPE, FLD_SIMPLE, INSTR, INSTR_TEXT = (
    w("fldChar"),
    w("fldCharType"),
    w("fldSimple"),
    w("instr"),
    w("instrText"),
)
DEL_INSTR_TEXT = w("delInstrText")
HYPERLINK, DIR, BDO = w("hyperlink"), w("dir"), w("bdo")
ALTERNATE, CHOICE, FALLBACK = f"{{{MC_NS}}}AlternateContent", f"{{{MC_NS}}}Choice", f"{{{MC_NS}}}Fallback"
FOOTNOTE_REFERENCE, ENDNOTE_REFERENCE = w("footnoteReference"), w("endnoteReference")
COMMENT_REFERENCE = w("commentReference")
BOOKMARK_START, BOOKMARK_END, NAME = w("bookmarkStart"), w("bookmarkEnd"), w("name")
PROOF_ERR = w("proofErr")
MARKERS = frozenset(
    w(name) for name in ("bookmarkStart", "bookmarkEnd", "commentRangeStart", "commentRangeEnd", "permStart", "permEnd")
)

# Attributes
ID, VAL, TYPE, AUTHOR, DATE = w("id"), w("val"), w("type"), w("author"), w("date")

# Revisions
INS, DEL, MOVE_FROM, MOVE_TO = w("ins"), w("del"), w("moveFrom"), w("moveTo")
MOVE_FROM_START, MOVE_FROM_END = w("moveFromRangeStart"), w("moveFromRangeEnd")
MOVE_TO_START, MOVE_TO_END = w("moveToRangeStart"), w("moveToRangeEnd")
CELL_INS, CELL_DEL, CELL_MERGE = w("cellIns"), w("cellDel"), w("cellMerge")
RPR_CHANGE, PPR_CHANGE, SECT_CHANGE, TBL_GRID_CHANGE = (
    w("rPrChange"),
    w("pPrChange"),
    w("sectPrChange"),
    w("tblGridChange"),
)
TBL_PR_CHANGE, TBL_PR_EX_CHANGE = w("tblPrChange"), w("tblPrExChange")
TR_PR_CHANGE, TC_PR_CHANGE = w("trPrChange"), w("tcPrChange")
CONTENT_MARKS = (INS, DEL, MOVE_FROM, MOVE_TO)
PROPERTY_CHANGES = (
    *(
        RPR_CHANGE,
        PPR_CHANGE,
        SECT_CHANGE,
        TBL_GRID_CHANGE,
        TBL_PR_CHANGE,
        TBL_PR_EX_CHANGE,
        TR_PR_CHANGE,
        TC_PR_CHANGE,
    ),
    w("numberingChange"),
)
RANGE_MARKS = tuple(
    w(f"{name}{end}")
    for name in ("moveFromRange", "moveToRange", "customXmlInsRange", "customXmlDelRange", "customXmlMoveFromRange")
    for end in ("Start", "End")
) + (w("customXmlMoveToRangeStart"), w("customXmlMoveToRangeEnd"))
REVISIONS = (*CONTENT_MARKS, *PROPERTY_CHANGES, *RANGE_MARKS, CELL_INS, CELL_DEL, CELL_MERGE)

# Notes, headers, styles, numbering, settings
FOOTNOTE, ENDNOTE = w("footnote"), w("endnote")
HEADER_REFERENCE, FOOTER_REFERENCE = w("headerReference"), w("footerReference")
STYLE, STYLE_ID, STYLE_NAME = w("style"), w("styleId"), w("name")
STYLE_REFERENCES = (w("pStyle"), w("rStyle"), w("tblStyle"))
DEFAULT = w("default")
STYLE_LINKS = (w("basedOn"), w("next"), w("link"))
NUM_PR, NUM_ID, ABSTRACT_NUM, ABSTRACT_NUM_ID, NUM = (
    w("numPr"),
    w("numId"),
    w("abstractNum"),
    w("abstractNumId"),
    w("num"),
)
LEVEL, LEVEL_PICTURE = w("lvl"), w("lvlPicBulletId")
TRACK_REVISIONS, ATTACHED_TEMPLATE = w("trackRevisions"), w("attachedTemplate")
_BEFORE_TRACK_REVISIONS = frozenset(
    w(name)
    for name in (
        "writeProtection",
        "view",
        "zoom",
        "removePersonalInformation",
        "removeDateAndTime",
        "doNotDisplayPageBoundaries",
        "displayBackgroundShape",
        "printPostScriptOverText",
        "printFractionalCharacterWidth",
        "printFormsData",
        "embedTrueTypeFonts",
        "embedSystemFonts",
        "saveSubsetFonts",
        "saveFormsData",
        "mirrorMargins",
        "alignBordersAndEdges",
        "bordersDoNotSurroundHeader",
        "bordersDoNotSurroundFooter",
        "gutterAtTop",
        "hideSpellingErrors",
        "hideGrammaticalErrors",
        "activeWritingStyle",
        "proofState",
        "formsDesign",
        "attachedTemplate",
        "linkStyles",
        "stylePaneFormatFilter",
        "stylePaneSortMethod",
        "documentType",
        "mailMerge",
        "revisionView",
    )
)

# Math and drawings
MATH, MATH_PARAGRAPH = f"{{{M_NS}}}oMath", f"{{{M_NS}}}oMathPara"
DRAWING_PROPERTIES = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"

# What two saves of the same text differ in, and no reader sees.
_SESSION_IDS = ("rsid", "paraId", "textId", "anchorId", "editId")
INVISIBLE = frozenset({PROOF_ERR, LAST_PAGE_BREAK, w("lang"), w("noProof"), w("webHidden")})


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


def is_session_id(attribute: str) -> bool:
    """Whether an attribute only says in which editing session something was typed (w:rsid…, w14:paraId …)."""
    return attribute.rpartition("}")[2].startswith(_SESSION_IDS)


def items(element: etree._Element) -> Sequence[tuple[str, str]]:
    """Attributes as (name, value), in file order; lxml's stubs allow bytes, which parsed XML never has."""
    return cast(Sequence[tuple[str, str]], element.items())


def plain_text(element: etree._Element) -> str:
    """The text under a paragraph or table, in order, with one stand-in character per picture or embedded object."""
    return "".join([e.text or "" if e.tag == T else "\ufffc" for e in element.iter(T, DRAWING, PICT, OBJECT, MATH)])


def inside(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    """The children of this tag (rows, cells), seen through the content controls and custom XML around them."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag == SDT:
            content = child.find(SDT_CONTENT)
            yield from inside(content, tag) if content is not None else ()
        elif child.tag == CUSTOM_XML:
            yield from inside(child, tag)


def first_child(element: etree._Element, tag: str) -> etree._Element:
    """The child of this tag, put in front when it is not there (w:pPr, w:rPr, w:tcPr come first in their parents)."""
    child = element.find(tag)
    if child is None:
        child = element.makeelement(tag)
        element.insert(0, child)
    return child


def turn_tracking_on(settings: etree._Element) -> None:
    """Let further edits in the redline be tracked, too: w:trackRevisions, at its place in the sequence of settings."""
    if settings.find(TRACK_REVISIONS) is not None:
        return
    at = 0
    for index, child in enumerate(settings):
        if child.tag in _BEFORE_TRACK_REVISIONS:
            at = index + 1
    settings.insert(at, settings.makeelement(TRACK_REVISIONS))
