"""Opening what people send: honest files open, everything else gets one Chinese sentence, fast and small."""

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from review_flows.errors import DraftError
from review_flows.word.package import Limits, open_package, write_package
from tests.word.building import MAIN_TYPE, OFFICE, W, document, parts, relations, zipped

SHARED_DOCX = Path(__file__).resolve().parents[3] / "shared" / "data" / "docx"


def refusal(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(DraftError) as caught:
        package = open_package(data, "送审稿.docx", limits or Limits())
        for part in package.part_names:
            package.read(part)
    assert caught.value.file == "送审稿.docx"
    return str(caught.value)


def test_a_plain_file_opens_and_tells_its_parts() -> None:
    package = open_package(zipped(parts()), "送审稿.docx")
    assert package.main == "word/document.xml"
    assert package.content_type("word/document.xml") == MAIN_TYPE
    assert "".join(package.xml(package.main).itertext()) == "第一条　为了规范管理，制定本办法。"
    assert package.notes == ()


def encrypted_ole() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 100


def old_word() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "WordDocument".encode("utf-16-le") + b"\0" * 100


def with_flag(data: bytes, bit: int) -> bytes:
    """The zip with a flag bit set in every local and central header (bit 0: encrypted)."""
    out = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            out[at + offset] |= 1 << bit
            at = data.find(signature, at + 4)
    return bytes(out)


def macro_type() -> bytes:
    return parts()["[Content_Types].xml"].replace(
        MAIN_TYPE.encode(), b"application/vnd.ms-word.document.macroEnabled.main+xml"
    )


WRONG_FILES: list[tuple[str, Callable[[], bytes], str]] = [
    ("empty", lambda: b"", "空的"),
    ("an empty zip", lambda: zipped({}), "什么也没有"),
    ("old .doc", old_word, "另存为 .docx"),
    ("password", encrypted_ole, "去掉密码"),
    ("PDF", lambda: b"%PDF-1.7 ...", "PDF"),
    ("RTF", lambda: b"{\\rtf1\\ansi}", "RTF"),
    ("Word 2003 XML", lambda: b'<?xml version="1.0"?><w:wordDocument/>', "XML"),
    ("plain text", lambda: "第一条".encode(), "不是 .docx"),
    ("a folder zipped", lambda: zipped({"送审稿.txt": b"x"}), "不是 Word 文件"),
    ("OFD", lambda: zipped({"OFD.xml": b"<x/>"}), "OFD"),
    ("an encrypted zip", lambda: with_flag(zipped(parts()), 0), "已加密"),
    ("truncated", lambda: zipped(parts())[:-40], "损坏"),
    ("half of it", lambda: zipped(parts())[:300], "损坏"),
    ("no main part", lambda: zipped({k: v for k, v in parts().items() if k != "word/document.xml"}), "没有正文部件"),
    (
        "main part is a footnote part",
        lambda: zipped(parts(**{"word/document.xml": f'<w:footnotes xmlns:w="{W}"/>'.encode()})),
        "不是 Word 正文",
    ),
    ("main part is no XML", lambda: zipped(parts(**{"word/document.xml": b"<w:document"})), "不是完好的 XML"),
    ("macros by part", lambda: zipped(parts(**{"word/vbaProject.bin": b"x"})), "宏"),
    ("macros by type", lambda: zipped(parts(**{"[Content_Types].xml": macro_type()})), "宏"),
    ("path out of the package", lambda: zipped(parts(**{"word/../../etc/passwd": b"x"})), "路径"),
    ("absolute path", lambda: zipped(parts(**{"/etc/passwd": b"x"})), "路径"),
    ("drive path", lambda: zipped(parts(**{"C:/windows/x": b"x"})), "路径"),
    ("names that differ in case", lambda: zipped(parts(**{"WORD/Document.XML": document()})), "同名"),
    (
        "altChunk",
        lambda: zipped(parts(**{"word/document.xml": document('<w:altChunk xmlns:r="x" r:id="r9"/>')})),
        "altChunk",
    ),
    (
        "an Excel workbook",
        lambda: zipped(
            parts(
                **{
                    "xl/workbook.xml": b"<x/>",
                    "[Content_Types].xml": parts()["[Content_Types].xml"].replace(b"wordprocessingml", b"x"),
                }
            )
        ),
        "Excel",
    ),
    (
        "a linked object",
        lambda: zipped(
            parts(
                **{"word/_rels/document.xml.rels": relations(("r1", "oleObject", "http://evil.example/x", "External"))}
            )
        ),
        "断开链接",
    ),
]


@pytest.mark.parametrize(("what", "make", "says"), WRONG_FILES, ids=[row[0] for row in WRONG_FILES])
def test_a_wrong_file_is_refused_with_what_to_do(what: str, make: Callable[[], bytes], says: str) -> None:
    sentence = refusal(make())
    assert says in sentence
    assert sentence.startswith("文件“送审稿.docx”无法读取：") and sentence.endswith("。")
    assert any(word in sentence for word in ("请", "再送"))


def test_two_members_of_one_name_are_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped([*parts().items(), ("word/document.xml", document("<w:p/>"))])
    assert "同名" in refusal(data)


ENTITY_BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    + "]>"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("part", ["word/document.xml", "_rels/.rels", "word/styles.xml"])
def test_entities_are_refused_in_every_part_and_encoding(part: str, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>{ENTITY_BOMB}<x>&j;</x>'
    assert "实体" in refusal(zipped(parts(**{part: text.encode(encoding)})))


def test_an_external_entity_is_refused() -> None:
    evil = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + document("<w:p><w:r><w:t>&a;</w:t></w:r></w:p>")
    assert "实体" in refusal(zipped(parts(**{"word/document.xml": evil})))


def test_bombs_are_refused_without_being_unpacked() -> None:
    swollen = document("<w:p/>" * 6_000_000)
    nested = zipped({f"{i}.zip": b"\0" * 1_000_000 for i in range(30)})
    many = zipped({f"word/media/{i}.png": b"" for i in range(Limits().members + 1)})
    big_picture = zipped(parts(**{"word/media/a.bmp": b"\0" * (Limits().member_bytes + 1)}))
    bombs = {
        "ratio": zipped(parts(**{"word/document.xml": swollen})),
        "nested": nested,
        "many": many,
        "media": big_picture,
    }
    for what, bomb in bombs.items():
        tracemalloc.start()
        started = time.perf_counter()
        sentence = refusal(bomb)
        seconds, peak = time.perf_counter() - started, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert sentence and seconds < 2, what
        assert peak < 30_000_000, what


def test_members_that_share_their_bytes_are_refused() -> None:
    """The overlapping bomb: hundreds of directory entries that point at one packed kernel."""
    data = zipped(parts(**{"word/media/kernel.bin": bytes(range(256)) * 400}))
    at = data.rfind(b"PK\x01\x02")
    end = data.find(b"PK\x05\x06")
    entry = data[at:end]
    copies = b"".join(entry.replace(b"kernel", b"kern%02d" % i) for i in range(90))
    tail = bytearray(data[end:])
    size = int.from_bytes(tail[12:16], "little") + len(copies)
    count = int.from_bytes(tail[10:12], "little") + 90
    tail[8:10] = tail[10:12] = count.to_bytes(2, "little")
    tail[12:16] = size.to_bytes(4, "little")
    assert "重叠" in refusal(data[:end] + copies + bytes(tail))


def test_too_many_elements_are_refused_before_they_are_parsed() -> None:
    assert "节点" in refusal(zipped(parts(**{"word/document.xml": document("<w:p/>" * 3000)})), Limits(xml_nodes=2000))


def test_deep_nesting_is_refused() -> None:
    deep = "<w:sdt>" * 5000 + "</w:sdt>" * 5000
    assert "不是完好的 XML" in refusal(zipped(parts(**{"word/document.xml": document(deep)})))


def test_a_damaged_member_is_named() -> None:
    data = bytearray(zipped(parts(**{"word/document.xml": document("<w:p/>" * 3000)})))
    at = data.find(b"word/document.xml") + 40
    data[at : at + 8] = b"\xff" * 8
    assert "word/document.xml" in refusal(bytes(data))


def test_strict_documents_are_read_as_transitional_ones() -> None:
    strict = document().replace(W.encode(), b"http://purl.oclc.org/ooxml/wordprocessingml/main")
    strict = strict.replace(b"><w:body>", b' w:conformance="strict"><w:body>')
    rels = parts()["_rels/.rels"].replace(OFFICE.encode(), b"http://purl.oclc.org/ooxml/officeDocument/relationships")
    package = open_package(zipped(parts(**{"word/document.xml": strict, "_rels/.rels": rels})), "送审稿.docx")
    root = package.xml(package.main)
    assert root.tag == f"{{{W}}}document" and not root.attrib


def test_links_are_noted_and_never_followed() -> None:
    rels = relations(
        ("r1", "hyperlink", "http://www.gov.cn/", "External"),
        ("r2", "attachedTemplate", "http://templates.example/a.dotm", "External"),
        ("r3", "image", "http://pictures.example/a.png", "External"),
    )
    package = open_package(zipped(parts(**{"word/_rels/document.xml.rels": rels})), "送审稿.docx")
    assert package.notes == (
        "外部模板未读取：http://templates.example/a.dotm",
        "链接的外部图片未读取：http://pictures.example/a.png",
    )
    assert [r.external for r in package.relationships(package.main)] == [True, True, True]


def test_writing_is_reproducible_and_opens_again() -> None:
    data = write_package(dict(reversed(parts().items())))
    assert data == write_package(dict(reversed(parts().items())))
    assert open_package(data, "送审稿.docx").part_names[0] == "[Content_Types].xml"


@pytest.mark.skipif(not SHARED_DOCX.is_dir(), reason="the collected .docx files (../shared) are not here")
def test_every_collected_file_opens_or_is_refused_in_time() -> None:
    opened = refused = 0
    for path in sorted(p for p in SHARED_DOCX.rglob("*") if p.is_file()):
        started = time.perf_counter()
        try:
            package = open_package(path.read_bytes(), path.name)
            assert all(package.read(part) is not None for part in package.part_names)
            opened += 1
        except DraftError as error:
            assert str(error).endswith("。")
            refused += 1
        assert time.perf_counter() - started < 10, path.name
    assert opened > 500 and refused > 20
