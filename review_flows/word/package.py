"""A .docx as a package of parts, opened as if it came from an enemy.

In: the bytes of a file and its name. Out: a `Package` (parts read one by one, relationships, content types), or a
`DraftError` with one Chinese sentence that says what is wrong, where, and what to do. Nothing is ever written to disk,
no address is ever opened, no entity is ever expanded. What is allowed but worth knowing (a remote template, a linked
picture) stands in `Package.notes`.

A .docx is a zip (Open Packaging Conventions): `[Content_Types].xml` says what each part is, `_rels/.rels` which part is
the main one, `<folder>/_rels/<part>.rels` what a part refers to.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from lxml import etree

from review_flows.errors import DraftError
from review_flows.word import foreign, oxml


@dataclass(frozen=True)
class Limits:
    """What one file may cost. Real drafts stay far below: the largest of 600 collected has 3 MB of XML and 94 parts."""

    file_bytes: int = 64 * 1024 * 1024
    members: int = 4096
    unpacked_bytes: int = 512 * 1024 * 1024  # declared, over all members; media are unpacked one at a time
    member_bytes: int = 128 * 1024 * 1024
    xml_bytes: int = 40 * 1024 * 1024  # of one XML part
    xml_nodes: int = 1_500_000  # elements and attributes of one XML part: about 150 bytes of memory each
    ratio: int = 400  # unpacked : packed, of an XML part above `ratio_from`; repetitive tables reach 100
    ratio_from: int = 4 * 1024 * 1024
    name_length: int = 512


LIMITS = Limits()

_CONTENT_TYPES = "[Content_Types].xml"
_OPC_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_OPC_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_MAIN_TYPES = frozenset(
    f"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}.main+xml"
    for kind in ("document", "template")
)
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/([A-Za-z]+)/([A-Za-z]+)")
_STRICT_CLAIM = re.compile(rb"""\s(?:\w+:)?conformance=["']strict["']""")
_STRICT_NAMES = {b"extendedProperties": b"extended-properties", b"customProperties": b"custom-properties"}
# What an unreadable zip member raises: CRC and header faults, broken deflate streams, sizes that lie, odd methods.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, OverflowError, RuntimeError)
_REFUSED_LINKS = {
    "oleObject": "链接的外部对象",
    "frame": "外部框架网页",
    "subDocument": "外部子文档",
    "aFChunk": "外部文档片段",
    "vbaProject": "外部宏",
    "control": "外部控件",
}
_NOTED_LINKS = {"attachedTemplate": "外部模板", "image": "链接的外部图片", "mailMergeSource": "邮件合并数据源"}
_HARMLESS_LINKS = frozenset({"hyperlink"})


@dataclass(frozen=True)
class Relationship:
    """What a part refers to: `kind` ends the type (styles, image …), `target` is a part name or an address."""

    id: str
    kind: str
    type: str
    target: str
    external: bool


class Package:
    """An opened .docx. Parts are unpacked when asked for; parsed trees are fresh ones that the caller may change."""

    def __init__(self, data: bytes, name: str, limits: Limits = LIMITS) -> None:
        self.name, self.limits, self._size = name, limits, len(data)
        self._zip = self._opened(data)
        self._members = self._checked_members()
        self._checked: dict[str, etree._Element] = {}  # trees parsed while opening, for the first who asks
        self._relations: dict[str, tuple[Relationship, ...]] = {}
        self.part_names: tuple[str, ...] = tuple(self._members)
        self._check_kind()
        self.main = self._main_part()
        self.notes: tuple[str, ...] = tuple(self._check_links())

    # ---- what callers ask

    def __contains__(self, part: str) -> bool:
        return part in self._members

    def read(self, part: str) -> bytes:
        """The bytes of a part; XML in UTF-8, with Strict namespaces spelled as Transitional ones."""
        data = self._unpacked(part)
        return self._plain_xml(part, data) if _is_xml(part) else data

    def xml(self, part: str) -> etree._Element:
        """The root of an XML part, parsed anew: no DTD, no entities, no network, no tree deeper than 256."""
        return self._checked.pop(part) if part in self._checked else self._parsed(part)

    def _parsed(self, part: str) -> etree._Element:
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
        )
        try:
            root = etree.fromstring(self.read(part), parser)
        except etree.XMLSyntaxError as error:
            line = error.lineno or 0
            raise self._refusal(
                f"其中 {part} 不是完好的 XML（第 {line} 行）；文件可能已损坏，请重新另存后再送"
            ) from error
        if root.getroottree().docinfo.internalDTD is not None:
            raise self._entities(part)
        return root

    def relationships(self, part: str = "") -> tuple[Relationship, ...]:
        """What a part refers to, in file order; of the package itself for an empty name."""
        if part not in self._relations:
            self._relations[part] = self._read_relationships(part)
        return self._relations[part]

    def _read_relationships(self, part: str) -> tuple[Relationship, ...]:
        folder, base = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{base}.rels")
        if rels not in self._members:
            return ()
        rows = self.xml(rels).iter(f"{_OPC_RELATIONS}Relationship")
        return tuple(_relationship(row, folder, self._members) for row in rows)

    def related(self, part: str, kind: str) -> tuple[str, ...]:
        """Names of the existing parts that `part` refers to by this kind, without repetition."""
        targets = (r.target for r in self.relationships(part) if r.kind == kind and not r.external)
        return tuple(dict.fromkeys(t for t in targets if t in self._members))

    def content_type(self, part: str) -> str:
        """The content type of a part, by its own entry or by its extension; empty when the package does not say."""
        overrides, defaults = self._content_types
        return overrides.get(part.lower()) or defaults.get(posixpath.splitext(part)[1].lstrip(".").lower(), "")

    # ---- opening

    def _opened(self, data: bytes) -> zipfile.ZipFile:
        if len(data) > self.limits.file_bytes:
            raise self._refusal(f"文件超过 {_megabytes(self.limits.file_bytes)}；请压缩其中的图片或拆分后再送")
        if reason := foreign.reason_by_magic(data):
            raise self._refusal(reason)
        # Counted in the raw bytes before the directory is parsed: a directory of millions would take minutes.
        if data.count(b"PK\x01\x02") > 8 * self.limits.members:
            raise self._refusal("文件里的部件多得不正常，疑似恶意文件；请重新另存后再送")
        try:
            return zipfile.ZipFile(io.BytesIO(data))
        except (*_BROKEN, NotImplementedError) as error:
            raise self._damaged() from error

    def _checked_members(self) -> dict[str, zipfile.ZipInfo]:
        members: dict[str, zipfile.ZipInfo] = {}
        seen: set[str] = set()
        entries = [e for e in self._zip.infolist() if not e.is_dir()]
        self._check_sizes(entries)
        for entry in entries:
            part = entry.filename.replace("\\", "/")
            self._check_name(part)
            if part.lower() in seen:
                raise self._refusal(f"里面有两个同名的部件（{_shown(part)}），无法判断以哪个为准；请重新另存后再送")
            self._check_member(entry, part)
            seen.add(part.lower())
            members[part] = entry
        return members

    def _check_sizes(self, entries: list[zipfile.ZipInfo]) -> None:
        if len(entries) > self.limits.members:
            raise self._refusal(f"里面有 {len(entries)} 个部件，超过 {self.limits.members} 个；请重新另存后再送")
        if sum(e.file_size for e in entries) > self.limits.unpacked_bytes:
            raise self._refusal(
                f"解压后超过 {_megabytes(self.limits.unpacked_bytes)}，疑似压缩炸弹；请压缩图片或拆分后再送"
            )
        # Members that overlap share packed bytes, so that their sizes add up to more than the file has.
        if sum(e.compress_size for e in entries) > self._size:
            raise self._refusal("里面的部件互相重叠，疑似压缩炸弹；请重新另存后再送")

    def _check_name(self, part: str) -> None:
        outside = part.startswith("/") or ".." in part.split("/") or re.match(r"[A-Za-z]:", part)
        if outside or len(part) > self.limits.name_length or any(ord(c) < 32 for c in part):
            raise self._refusal(f"里面有路径不正当的部件（{_shown(part)}），疑似恶意文件；请重新另存后再送")

    def _check_member(self, entry: zipfile.ZipInfo, part: str) -> None:
        if entry.flag_bits & 0x1:
            raise self._refusal("文件有打开密码（已加密）；请去掉密码，另存后再送")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self._refusal("压缩方式不是 Word 所用的；请用 WPS 或 Word 重新另存后再送")
        most = self.limits.xml_bytes if _is_xml(part) else self.limits.member_bytes
        if entry.file_size > most:
            raise self._refusal(f"其中 {_shown(part)} 解压后超过 {_megabytes(most)}；请拆分或压缩后再送")
        swollen = entry.file_size > self.limits.ratio * max(1, entry.compress_size)
        if swollen and _is_xml(part) and entry.file_size > self.limits.ratio_from:
            raise self._refusal(f"其中 {_shown(part)} 的压缩比高得不正常，疑似压缩炸弹；请重新另存后再送")

    def _check_kind(self) -> None:
        if any(part.lower().endswith("vbaproject.bin") for part in self._members):
            raise self._macros()
        if _CONTENT_TYPES not in self._members:
            other = foreign.reason_by_members(frozenset(self._members))
            raise self._refusal(other or f"是压缩包，但不是 Word 文件；{foreign.CONVERT}")

    def _main_part(self) -> str:
        targets = [r.target for r in self.relationships() if r.kind == "officeDocument" and not r.external]
        main = next((t for t in targets if t in self._members), None)
        if main is None:
            raise self._refusal("里面没有正文部件，文件不完整；请重新另存后再送")
        kind = self.content_type(main)
        if "macroEnabled" in kind:
            raise self._macros()
        other = foreign.reason_by_members(frozenset(self._members)) if kind not in _MAIN_TYPES else None
        if other:
            raise self._refusal(other)
        root = self._parsed(main)
        fault = oxml.document_fault(root)
        if fault:
            raise self._refusal(fault)
        self._checked[main] = root
        return main

    def _check_links(self) -> Iterable[str]:
        """Every relationship of the package, none followed: what is noted; raises on what must not stay."""
        noted: dict[str, None] = {}
        for part in [p for p in self._members if p.endswith(".rels")]:
            owner = posixpath.join(
                posixpath.dirname(posixpath.dirname(part)), posixpath.basename(part)[: -len(".rels")]
            )
            for relation in self.relationships(owner):
                if relation.external and relation.kind not in _HARMLESS_LINKS:
                    noted[self._link_note(relation, owner)] = None
        return noted

    def _link_note(self, relation: Relationship, owner: str) -> str:
        if relation.kind in _REFUSED_LINKS:
            what = _REFUSED_LINKS[relation.kind]
            raise self._refusal(f"其中 {owner} 含有{what}（{_shown(relation.target)}），不予打开；请断开链接后再送")
        what = _NOTED_LINKS.get(relation.kind, "外部链接")
        return f"{what}未读取：{_shown(relation.target)}"

    # ---- reading

    def _unpacked(self, part: str) -> bytes:
        entry = self._members.get(part)
        if entry is None:
            raise self._refusal(f"缺少部件 {_shown(part)}，文件不完整；请重新另存后再送")
        try:
            return self._zip.read(entry)  # never more than the declared size, which was checked
        except (*_BROKEN, NotImplementedError) as error:
            raise self._damaged(part) from error

    def _plain_xml(self, part: str, data: bytes) -> bytes:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            try:
                data = re.sub(r"^<\?xml.*?\?>", "", data.decode("utf-16"), count=1, flags=re.S).encode()
            except UnicodeError as error:
                raise self._damaged(part) from error
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise self._entities(part)
        if data.count(b"<") + data.count(b'="') > self.limits.xml_nodes:
            raise self._refusal(f"其中 {_shown(part)} 的内容过多（超过 {self.limits.xml_nodes} 个节点）；请拆分后再送")
        if b"purl.oclc.org/ooxml" not in data:
            return data
        return _STRICT_CLAIM.sub(b"", _STRICT.sub(_transitional, data), count=1)

    @cached_property
    def _content_types(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        root = self.xml(_CONTENT_TYPES)
        overrides = {
            e.get("PartName", "").lstrip("/").lower(): e.get("ContentType", "")
            for e in root.iter(f"{_OPC_TYPES}Override")
        }
        defaults = {e.get("Extension", "").lower(): e.get("ContentType", "") for e in root.iter(f"{_OPC_TYPES}Default")}
        return overrides, defaults

    # ---- refusing

    def _refusal(self, reason: str) -> DraftError:
        return DraftError(self.name, f"{reason}。")

    def _damaged(self, part: str = "") -> DraftError:
        where = f"其中 {_shown(part)} " if part else "文件"
        return self._refusal(f"{where}不完整或已损坏；请检查原件，重新另存后再送")

    def _macros(self) -> DraftError:
        return self._refusal("文件带有宏；请另存为不带宏的 .docx 后再送")

    def _entities(self, part: str) -> DraftError:
        return self._refusal(
            f"其中 {_shown(part)} 含有 DTD 或实体声明，Word 文件里不应有，疑似恶意文件；请重新另存后再送"
        )


def open_package(data: bytes, name: str, limits: Limits = LIMITS) -> Package:
    """The package in these bytes; raises DraftError, naming the file as `name`, for what must not or cannot be read."""
    return Package(data, name, limits)


def write_package(parts: Mapping[str, bytes]) -> bytes:
    """A .docx of these parts, the same bytes for the same parts: `[Content_Types].xml` first, then as given."""
    buffer = io.BytesIO()
    order = sorted(parts, key=lambda part: part != _CONTENT_TYPES)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as target:
        for part in order:
            entry = zipfile.ZipInfo(part, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, parts[part])
    return buffer.getvalue()


def relationships_part(rows: Iterable[Relationship], owner: str) -> bytes:
    """The .rels part of `owner` with these rows; targets within the package are written from its root."""
    default = {None: _OPC_RELATIONS[1:-1]}
    root = etree.Element(f"{_OPC_RELATIONS}Relationships", nsmap=default)  # type: ignore[arg-type]
    for row in rows:
        target = row.target if row.external else posixpath.relpath(f"/{row.target}", f"/{posixpath.dirname(owner)}")
        mode = {"TargetMode": "External"} if row.external else {}
        etree.SubElement(
            root, f"{_OPC_RELATIONS}Relationship", {"Id": row.id, "Type": row.type, "Target": target, **mode}
        )
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def types_part(base: Package, added: Mapping[str, str], dropped: Collection[str] = ()) -> bytes:
    """`[Content_Types].xml` of `base` with the content types of further parts by name, without those dropped."""
    root = base.xml(_CONTENT_TYPES)
    defaults = {e.get("Extension", "").lower(): e.get("ContentType") for e in root.iter(f"{_OPC_TYPES}Default")}
    gone = {f"/{name}".lower() for name in dropped}
    for entry in list(root.iter(f"{_OPC_TYPES}Override")):
        if entry.get("PartName", "").lower() in gone:
            root.remove(entry)
    for name, kind in added.items():
        if kind and defaults.get(posixpath.splitext(name)[1].lstrip(".").lower()) != kind:
            etree.SubElement(root, f"{_OPC_TYPES}Override", {"PartName": f"/{name}", "ContentType": kind})
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _relationship(element: etree._Element, folder: str, members: Container[str]) -> Relationship:
    """Targets are addresses, in which a name may be percent-encoded although the zip has it plain."""
    external = element.get("TargetMode") == "External"
    target = element.get("Target", "")
    if not external:
        base = "" if target.startswith("/") else folder
        target = posixpath.normpath(posixpath.join(base, target.lstrip("/")))
        target = target if target in members else unquote(target)
    kind = element.get("Type", "")
    return Relationship(element.get("Id", ""), kind.rsplit("/", 1)[-1], kind, target, external)


def _transitional(match: re.Match[bytes]) -> bytes:
    """ISO Strict names `…/ooxml/X/Y`, Transitional `…/X/2006/Y`; Word reads both and means the same."""
    first, second = match.groups()
    return b"http://schemas.openxmlformats.org/%b/2006/%b" % (first, _STRICT_NAMES.get(second, second))


def _is_xml(part: str) -> bool:
    return part.lower().endswith((".xml", ".rels"))


def _megabytes(count: int) -> str:
    return f"{count // (1024 * 1024)} MB"


def _shown(text: str) -> str:
    """A name from the file, short and printable."""
    clean = "".join(c if c.isprintable() else "?" for c in text)
    return clean if len(clean) <= 80 else f"{clean[:77]}…"
