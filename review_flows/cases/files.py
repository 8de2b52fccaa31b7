"""Whether a file may come in: its kind by name and by content, and that what must be read can be read.

Drafts must be text that can be compared (.docx, .txt); other papers may also be scans and tables. Whatever is a package
is opened as hostile. A file that fails is a DraftError with what to do.
"""

from pathlib import PurePosixPath

from review_flows.errors import DraftError

# Roles whose text is read, compared and screened.
DRAFT_ROLES = ("review_draft", "contract_text", "proposed_decision", "comment_draft", "text_in_force")

_MAGIC = {
    ".pdf": (b"%PDF-",),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
}
_CONVERT = {".doc": "Word", ".wps": "WPS 文字", ".rtf": "Word", ".odt": "LibreOffice", ".docm": "Word"}
_OLD_TABLES = (".xls", ".et", ".xlsm")


def check_file(role: str, name: str, data: bytes) -> None:
    """Raises DraftError where the file may not come in as a paper of this role."""
    suffix = PurePosixPath(name).suffix.lower()
    if not data:
        raise DraftError(name, "是空文件。请重新导出后再送。")
    if suffix in _CONVERT:
        raise DraftError(name, f"是 {suffix} 格式。请用{_CONVERT[suffix]}打开，“另存为” .docx 后再送。")
    if suffix in _OLD_TABLES:
        raise DraftError(name, f"是 {suffix} 格式。请“另存为” .xlsx 后再送。")
    if role in DRAFT_ROLES:
        _check_draft(name, suffix, data)
    else:
        _check_paper(name, suffix, data)


def _check_draft(name: str, suffix: str, data: bytes) -> None:
    from review_flows.text.reading import read

    if suffix not in (".docx", ".txt"):
        raise DraftError(name, f"文稿应为 .docx（或 .txt），不能是 {suffix or '没有扩展名的文件'}。请另存后再送。")
    draft = read(data, name)
    if not any(block.text.strip() for block in draft.blocks):
        raise DraftError(name, "里面没有文字。若是扫描件，请提供可编辑的文稿。")


def _check_paper(name: str, suffix: str, data: bytes) -> None:
    if suffix == ".docx":
        from review_flows.word.package import open_package

        open_package(data, name)
        return
    if suffix == ".xlsx":
        from review_flows.papers.workbooks import check_workbook

        check_workbook(data, name)
        return
    if suffix == ".txt":
        return
    if suffix not in _MAGIC:
        raise DraftError(name, f"不收 {suffix or '没有扩展名'} 的文件。可送 .docx、.txt、.xlsx、.pdf、.png、.jpg。")
    if not data.startswith(_MAGIC[suffix]):
        raise DraftError(name, f"内容不是 {suffix} 文件，可能改过扩展名或已损坏。请重新导出后再送。")
