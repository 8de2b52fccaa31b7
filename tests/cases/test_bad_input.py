"""What must not come in: each gets one Chinese sentence, quarantine, and nothing half-registered."""

import io
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from sqlmodel import SQLModel, func, select

from review_flows.cases import folder as folders
from review_flows.cases.case import Case, CaseCounter, CaseDocument, StepRecord, Submission, Wait
from review_flows.cases.intake import take_folder
from review_flows.errors import ReviewFlowsError
from review_flows.records import audit
from review_flows.records.database import reading
from tests.cases.building import DRAFT, Office, a_document

Spoil = Callable[[Path], object]
ROWS_OF_A_CASE: tuple[type[SQLModel], ...] = (Case, CaseCounter, CaseDocument, StepRecord, Wait)

TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{}</Types>'
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
BODY = f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>{{}}</w:t></w:r></w:p></w:body></w:document>'


def zipped(parts: dict[str, bytes | str]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return held.getvalue()


def word_file(text: str = "第一条 为了规范管理。", head: str = "", more: dict[str, bytes] | None = None) -> bytes:
    """A small .docx; `head` goes before its body's XML, `more` are further entries by path."""
    override = f'<Override PartName="/word/document.xml" ContentType="{MAIN}"/>'
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": TYPES.format(override),
        "_rels/.rels": RELATIONS,
        "word/document.xml": head + BODY.format(text),
    }
    parts.update(more or {})
    return zipped(parts)


def draft(name: str, data: bytes) -> Spoil:
    """The draft of the package is this file."""
    return paper("review_draft", name, data)


def paper(role: str, name: str, data: bytes) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
        tell(materials=[{"role": role, "file": name}])(folder)

    return spoil


def tell(**keys: object) -> Spoil:
    """submission.yaml with other keys."""

    def spoil(folder: Path) -> None:
        path = folder / "submission.yaml"
        told = yaml.safe_load(path.read_text("utf-8")) | keys
        path.write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")

    return spoil


def say(text: bytes) -> Spoil:
    """submission.yaml is these bytes."""
    return lambda folder: (folder / "submission.yaml").write_bytes(text)


def add(line: str) -> Spoil:
    """submission.yaml with one more line."""

    def spoil(folder: Path) -> None:
        path = folder / "submission.yaml"
        path.write_text(path.read_text("utf-8") + line, "utf-8")

    return spoil


def in_a_folder(folder: Path) -> None:
    """submission.yaml one folder too deep."""
    (folder / "submission.yaml").rename(folder / "moved.yaml")
    (folder / "submission.yaml").mkdir()
    (folder / "moved.yaml").rename(folder / "submission.yaml" / "submission.yaml")


def link(name: str, target: str) -> Spoil:
    return lambda folder: (folder / name).symlink_to(target)


def large(folder: Path) -> None:
    with (folder / "basis.txt").open("wb") as file:
        file.truncate(folders.MAX_FILE_BYTES + 1)


def many(folder: Path) -> None:
    for number in range(folders.MAX_FILES):
        (folder / f"{number}.txt").write_text("附件", "utf-8")


ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 500
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000
ENTITIES = '<!DOCTYPE w [<!ENTITY a "AAAAAAAAAA"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
BOMB = word_file("一" * 80_000_000)
DEEP_BOMB = word_file(more={"word/media/image1.png": b"\0" * 300_000_000})
TABLE_BOMB = zipped({"xl/workbook.xml": b"\0" * 300_000_000})
LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(8)
)

BAD: dict[str, tuple[Spoil, str]] = {
    "an empty draft": (draft("送审稿.docx", b""), "空文件"),
    "a draft of blanks": (draft("送审稿.txt", "\n  \n　".encode()), "没有文字"),
    "a Word document without text": (draft("送审稿.docx", word_file("")), "没有文字"),
    "no package at all": (draft("送审稿.docx", b"hello"), "送审稿.docx"),
    "a package cut off": (draft("送审稿.docx", word_file()[:-40]), "送审稿.docx"),
    "a broken XML part": (draft("送审稿.docx", word_file("</w:t>")), "送审稿.docx"),
    "a zip that is no document": (draft("送审稿.docx", zipped({"a.txt": "a"})), "送审稿.docx"),
    "an encrypted document": (draft("送审稿.docx", ENCRYPTED), "(加密|密码)"),
    "macros": (draft("送审稿.docx", word_file(more={"word/vbaProject.bin": b"\0"})), "宏"),
    "macros by name": (draft("送审稿.docm", word_file()), "另存为"),
    "the old Word format": (draft("送审稿.doc", ENCRYPTED), r"另存为.*\.docx"),
    "the old Word format under the new name": (draft("送审稿.docx", OLD_WORD), r"\.docx"),
    "the format of WPS": (draft("送审稿.wps", b"\xd0\xcf\x11\xe0"), "WPS.*另存为"),
    "a scan as the draft": (draft("送审稿.pdf", b"%PDF-1.7"), "docx"),
    "a draft without extension": (draft("送审稿", b"text"), "扩展名"),
    "a text file that is none": (draft("送审稿.txt", bytes(range(256)) * 4), "送审稿.txt"),
    "a zip bomb": (draft("送审稿.docx", BOMB), "送审稿.docx"),
    "a zip bomb beside the text": (draft("送审稿.docx", DEEP_BOMB), "送审稿.docx"),
    "entities that grow": (draft("送审稿.docx", word_file("&b;", ENTITIES)), "送审稿.docx"),
    "an entity from outside": (draft("送审稿.docx", word_file("&x;", OUTSIDE)), "送审稿.docx"),
    "an entry that climbs out": (draft("送审稿.docx", word_file(more={"../../x.xml": b"<a/>"})), "送审稿.docx"),
    "a workbook that is none": (paper("basis", "表.xlsx", b"PK\x03\x04broken"), "表.xlsx"),
    "a workbook that is a bomb": (paper("basis", "表.xlsx", TABLE_BOMB), "表.xlsx"),
    "an old workbook": (paper("basis", "表.xls", b"\xd0\xcf\x11\xe0"), r"\.xlsx"),
    "a picture that is a program": (paper("other", "图.png", b"MZ\x90\0"), "扩展名"),
    "a program": (paper("other", "附件.exe", b"MZ"), r"不收 \.exe"),
    "a named file that is not there": (tell(materials=[{"role": "basis", "file": "没有.docx"}]), "没有.docx"),
    "a file above the folder": (tell(materials=[{"role": "basis", "file": "../x.docx"}]), "文件名"),
    "a file by its full path": (tell(materials=[{"role": "basis", "file": "/etc/passwd"}]), "文件名"),
    "a link out": (link("basis2.txt", "/etc/passwd"), "链接"),
    "a folder linked in": (link("附件", "/etc"), "链接"),
    "a pipe": (lambda folder: os.mkfifo(folder / "管道.txt"), "管道.txt"),
    "a file too large": (large, "50 MB"),
    "too many files": (many, "200 个"),
    "no submission.yaml": (lambda folder: (folder / "submission.yaml").unlink(), "submission.yaml"),
    "a folder for submission.yaml": (in_a_folder, "没有 submission.yaml"),
    "an empty submission.yaml": (say(b""), "submission.yaml"),
    "a list for a submission": (say(b"- a\n- b\n"), "submission.yaml"),
    "broken YAML": (say(b"kind: [a\n  b: {"), "submission.yaml"),
    "YAML of another encoding": (say("kind: 中文".encode("gb18030")), "UTF-8"),
    "a NUL in YAML": (say(b"kind: \0"), "submission.yaml"),
    "a huge YAML": (say(b"title: " + b"a" * 5_000_000), "字符"),
    "YAML that multiplies": (say(LAUGHS.encode()), "submission.yaml"),
    "YAML nested beyond sense": (say(b"[" * 20_000), "submission.yaml"),
    "YAML that makes objects": (say(b"kind: !!python/object/apply:os.system ['true']"), "submission.yaml"),
    "a key twice": (add("title: 另一个\n"), "title"),
    "an unknown key": (tell(colour="red"), "colour"),
    "an unknown kind": (tell(kind="norm_document"), "normative_document"),
    "a kind that is a list": (tell(kind=["normative_document"]), "kind"),
    "an unknown organ": (tell(issuing_organ="婺城区人民政符"), "婺城区人民政府"),
    "the wrong level": (tell(level="township"), "level"),
    "an unknown fact": (tell(facts={"afects_rights": True}), "affects_rights"),
    "a fact that is no answer": (tell(facts={"affects_rights": "是的"}), "affects_rights"),
    "an unknown role": (tell(materials=[{"role": "bases", "file": "basis.txt"}]), "basis"),
    "an unknown step": (tell(asks_for="legal_review"), "legality_review"),
    "a day that is none": (tell(received_on="2026-02-30"), "received_on"),
    "a day to come": (tell(received_on="2026-12-30"), "晚于今天"),
    "a history to come": (
        tell(history=[{"step": "public_comment", "ended_on": "2027-10-08", "evidence": "consultation_summary"}]),
        "晚于",
    ),
    "a title of two lines": (tell(title="甲\n乙"), "标题"),
    "a case that is not there": (tell(case="2026-ND-0099"), "2026-ND-0099"),
    "a case number that is none": (tell(case="0099"), "案号"),
    "what the law excludes": (tell(facts=dict(a_document().facts) | {"internal_only": True}), "不适用"),
}  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = Office(tmp_path_factory.mktemp("office"))
    yield office
    assert office.submit(a_document()) == "2026-ND-0001", "a refused package has used up a number"


def is_one_sentence(text: str) -> bool:
    return "\n" not in text and text[-1] in "。？" and bool(re.search(r"[一-鿿]", text)) and "Error" not in text


def nothing_registered(office: Office) -> bool:
    with reading(office.home.engine) as session:
        rows = [session.exec(select(func.count()).select_from(table)).one() for table in ROWS_OF_A_CASE]
        named = [row for row in session.exec(select(Submission)) if row.case or not row.quarantined]
    return not any(rows) and not named


def quarantined(office: Office) -> list[str]:
    return sorted((place / "原因.txt").read_text("utf-8").strip() for place in office.home.quarantine.glob("*"))


@pytest.mark.parametrize("what", BAD)
def test_what_must_not_come_in_is_refused_whole_with_one_sentence(office: Office, what: str) -> None:
    spoil, word = BAD[what]
    folder = office.lay(a_document())
    spoil(folder)
    with pytest.raises(ReviewFlowsError, match=word) as caught:
        take_folder(office.home, office.catalogs, folder, now=office.now())
    sentence = str(caught.value)
    assert is_one_sentence(sentence), sentence
    assert sentence in quarantined(office)
    assert nothing_registered(office)
    with reading(office.home.engine) as session:
        last = audit.entries(session)[-1]
    assert (last.event, last.reason) == ("submission.quarantined", sentence)


def test_a_draft_that_changes_while_it_is_read_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = office.lay(a_document())
    read = Path.read_bytes

    def read_and_touch(path: Path) -> bytes:
        data = read(path)
        if path.name == "review_draft.txt":
            path.write_text(DRAFT + "第五条 新增。\n", "utf-8")
        return data

    monkeypatch.setattr(Path, "read_bytes", read_and_touch)
    with pytest.raises(ReviewFlowsError, match="发生了变化"):
        take_folder(office.home, office.catalogs, folder, now=office.now())
    assert nothing_registered(office)


def test_a_file_that_vanishes_while_it_is_read_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = office.lay(a_document())
    read = Path.read_bytes

    def read_once(path: Path) -> bytes:
        path.unlink(missing_ok=True) if path.name == "basis.txt" else None
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_once)
    with pytest.raises(ReviewFlowsError, match="basis.txt"):
        take_folder(office.home, office.catalogs, folder, now=office.now())
    assert nothing_registered(office)


def test_a_refused_package_sent_again_is_told_the_same_reason_and_registered_once_mended(tmp_path: Path) -> None:
    office = Office(tmp_path)
    folder = office.lay(a_document(papers={"basis": ""}))
    for _ in range(2):
        with pytest.raises(ReviewFlowsError, match="空文件"):
            take_folder(office.home, office.catalogs, folder, now=office.now())
    assert len(quarantined(office)) == 1
    (folder / "basis.txt").write_text("制定依据", "utf-8")
    assert take_folder(office.home, office.catalogs, folder, now=office.now()).case == "2026-ND-0001"


def test_the_same_package_in_another_folder_is_no_second_case(tmp_path: Path) -> None:
    office = Office(tmp_path)
    first = office.submit(a_document())
    with pytest.raises(ReviewFlowsError, match=first):
        office.submit(a_document())
    assert office.submit(a_document(title="另一件")) == "2026-ND-0002"
