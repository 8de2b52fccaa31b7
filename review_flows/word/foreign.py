"""What a file is when it is not a .docx: recognised by its first bytes, answered with how to make a .docx of it.

Names lie (a .doc renamed .docx is the commonest wrong file that departments send), so the extension is never looked at.
"""

from review_flows.word.oxml import WORD_2003_ROOT

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC = b"PK\x03\x04"
EMPTY_ZIP_MAGIC = b"PK\x05\x06"

CONVERT = "请用 WPS 或 Word 打开，另存为 .docx 后再送"

_BY_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", f"这是 PDF，不是 Word 文件；请送可编辑的原稿（.docx），没有原稿的{CONVERT}"),
    (b"{\\rtf", f"这是 RTF 文件；{CONVERT}"),
    (b"Rar!", "这是 RAR 压缩包；请解压后送里面的 .docx"),
    (b"7z\xbc\xaf", "这是 7z 压缩包；请解压后送里面的 .docx"),
    (b"\x1f\x8b", "这是压缩包；请解压后送里面的 .docx"),
    (b"\xff\xd8\xff", "这是图片（JPEG）；请送可编辑的 .docx 原稿"),
    (b"\x89PNG", "这是图片（PNG）；请送可编辑的 .docx 原稿"),
)

_OLE_STREAMS: tuple[tuple[str, str], ...] = (
    ("EncryptedPackage", "文件有打开密码（已加密）；请去掉密码，另存后再送"),
    ("WordDocument", f"这是旧格式的 .doc 或 .wps 文件；{CONVERT}"),
    ("Workbook", "这是 Excel 97-2003 工作簿；请送 Word 文件（.docx）"),
    ("PowerPoint Document", "这是 PowerPoint 97-2003 文件；请送 Word 文件（.docx）"),
)

_ZIP_MEMBERS: tuple[tuple[str, str], ...] = (
    ("OFD.xml", f"这是 OFD 版式文件；请送可编辑的原稿（.docx），没有原稿的{CONVERT}"),
    ("mimetype", f"这是 OpenDocument（.odt）一类的文件；{CONVERT}"),
    ("xl/workbook.xml", "这是 Excel 工作簿；请送 Word 文件（.docx）"),
    ("ppt/presentation.xml", "这是 PowerPoint 演示文稿；请送 Word 文件（.docx）"),
)


def reason_by_magic(data: bytes) -> str | None:
    """Why these bytes are no zip package and what to do, or None when they begin as a zip does."""
    if not data:
        return "文件是空的（0 字节）；请检查原件后重新送"
    if data.startswith(ZIP_MAGIC):
        return None
    if data.startswith(EMPTY_ZIP_MAGIC):
        return "文件里什么也没有（空压缩包）；请检查原件后重新送"
    if data.startswith(OLE_MAGIC):
        return _ole_reason(data)
    for magic, reason in _BY_MAGIC:
        if data.startswith(magic):
            return reason
    return _text_reason(data[:4096])


def reason_by_members(names: frozenset[str]) -> str | None:
    """Why a zip with these members is another kind of file, or None when nothing tells."""
    for member, reason in _ZIP_MEMBERS:
        if member in names:
            return reason
    return None


def _ole_reason(data: bytes) -> str:
    """OLE compound files name their streams in UTF-16LE; the directory may stand anywhere in the file."""
    for stream, reason in _OLE_STREAMS:
        if stream.encode("utf-16-le") in data:
            return reason
    return f"这是旧格式的 Office 文件；{CONVERT}"


def _text_reason(head: bytes) -> str:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<?xml") or b"<pkg:package" in head or WORD_2003_ROOT in head:
        return f"这是 XML 格式的文件，不是 .docx；{CONVERT}"
    if start[:5].lower() in (b"<html", b"<!doc"):
        return f"这是网页文件，不是 .docx；{CONVERT}"
    return f"不是 .docx 文件；{CONVERT}"
