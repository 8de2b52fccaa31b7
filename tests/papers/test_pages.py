"""How many pages a file has: told by Word, counted in a PDF, one for a picture, else unknown."""

import io
import zipfile

import pytest

from review_flows.papers.layout import render
from review_flows.papers.pages import Pages, pages_of
from review_flows.papers.paper import OfficialDocument, Text

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>endobj\n"
OPEN = (
    b"%PDF-1.4\n3 0 obj<</Type /Page/Parent 2 0 R>>endobj\n4 0 obj<</Type /Page>>endobj\n5 0 obj<</Type /Page>>endobj"
)


def told_by_word(pages: str) -> bytes:
    """A paper as Word saves it, with its count of pages."""
    made = render(OfficialDocument(title="决策草案", blocks=(Text("第一条"),)))
    out = io.BytesIO(made)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("docProps/app.xml", f'<Properties xmlns="x"><Pages>{pages}</Pages></Properties>')
    return out.getvalue()


CASES = [
    ("a .docx that Word saved", told_by_word("12"), "草案.docx", Pages(12, "word")),
    ("a .docx that Word saved without a count", told_by_word("0"), "草案.docx", Pages(None, "unknown")),
    ("a .docx that nobody laid out", render(OfficialDocument(title="决策草案")), "草案.docx", Pages(None, "unknown")),
    ("a PDF with its page tree", PDF, "批复.pdf", Pages(2, "pdf")),
    ("a PDF whose pages stand open", OPEN, "批复.pdf", Pages(3, "pdf")),
    ("a PDF that hides its pages", b"%PDF-1.7\n1 0 obj<</Type/ObjStm>>stream", "批复.pdf", Pages(None, "unknown")),
    ("a picture", b"\x89PNG\r\n\x1a\n" + b"0" * 20, "签到表.png", Pages(1, "picture")),
    ("a plain text", "采纳情况".encode(), "报告.txt", Pages(None, "unknown")),
    ("a broken package", b"PK\x03\x04 not a zip", "草案.docx", Pages(None, "unknown")),
]


@pytest.mark.parametrize(("situation", "data", "name", "pages"), CASES, ids=[row[0] for row in CASES])
def test_pages_as_far_as_they_can_be_known(situation: str, data: bytes, name: str, pages: Pages) -> None:
    assert pages_of(data, name) == pages
