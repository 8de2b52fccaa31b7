"""Strict YAML: text in, plain data out, every scalar a string; then sections that know which keys they may have.

YAML itself keeps the last of two equal keys and reads `no` as false and `012` as ten. Here types come from the caller
(the schema); repeated keys, anchors, tags and deep nesting are refused; all faults of a file are gathered.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

import yaml

# What YAML text can be once nothing is guessed: a text, nothing, a list, a mapping with text keys.
Raw = str | None | list["Raw"] | dict[str, "Raw"]
T = TypeVar("T")

MAX_DEPTH = 12
FEW = 8  # so many names can be listed in one sentence
_NOTHING = ("", "~", "null", "Null", "NULL")
_FLAGS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LOADER: type[yaml.CSafeLoader] | type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Fault:
    """One thing wrong: where (a dotted key, or a line) and why, in Chinese."""

    key: str
    reason: str


class YamlFault(Exception):
    """Text that is not YAML as it must be, or that hides something (repeated key, anchor, tag)."""

    def __init__(self, line: int, reason: str) -> None:
        self.fault = Fault(f"第 {line} 行", reason)
        super().__init__(reason)


def parse(text: str) -> Raw:
    """The data of one YAML document; YamlFault for anything that is not plain, unambiguous data."""
    try:
        return _build(yaml.parse(text, Loader=_LOADER))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise YamlFault(mark.line + 1 if mark else 1, "不是有效的 YAML（检查缩进、冒号后的空格和引号）") from error


def _build(events: Iterator[yaml.Event]) -> Raw:
    """Events to data without recursion, so that depth cannot hurt."""
    root: list[Raw] = []
    open_nodes: list[_Node] = [_Node(root)]
    documents = 0
    for event in events:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise YamlFault(line, "只能有一个文档")
        elif isinstance(event, yaml.AliasEvent):
            raise YamlFault(line, "不接受 YAML 引用（*）")
        elif isinstance(event, yaml.ScalarEvent):
            _refuse_marks(event, line)
            open_nodes[-1].add(_scalar(event), line)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            _refuse_marks(event, line)
            if len(open_nodes) > MAX_DEPTH:
                raise YamlFault(line, f"嵌套超过 {MAX_DEPTH} 层")
            inner: Raw = {} if isinstance(event, yaml.MappingStartEvent) else []
            open_nodes[-1].add(inner, line)
            open_nodes.append(_Node(inner))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            open_nodes.pop()
    return root[0] if root else None


def _refuse_marks(event: yaml.NodeEvent, line: int) -> None:
    if event.anchor is not None:
        raise YamlFault(line, "不接受 YAML 锚点（&）")
    if getattr(event, "tag", None) not in (None, "!"):
        raise YamlFault(line, "不接受 YAML 类型标记（!）")


def _scalar(event: yaml.ScalarEvent) -> str | None:
    is_plain = not event.style
    return None if is_plain and event.value in _NOTHING else str(event.value)


@dataclass
class _Node:
    """A list or mapping while it is read; `key` is the key whose value comes next."""

    data: Raw
    key: str | None = None

    def add(self, value: Raw, line: int) -> None:
        if isinstance(self.data, list):
            self.data.append(value)
        elif isinstance(self.data, dict):
            self._add_pair(self.data, value, line)

    def _add_pair(self, data: dict[str, Raw], value: Raw, line: int) -> None:
        if self.key is not None:
            data[self.key], self.key = value, None
        elif not isinstance(value, str):
            raise YamlFault(line, "键必须是文字")
        elif value in data:
            raise YamlFault(line, f"键 {value} 重复")
        else:
            self.key = value


def near(word: str, known: Collection[str]) -> str:
    """“，是不是 …？” for the names nearest to a word; all of them where none is near and they are few."""
    from difflib import get_close_matches  # only a fault needs it

    if found := get_close_matches(word, list(known), n=3, cutoff=0.5):
        return f"，是不是 {'、'.join(found)}？"
    return f"，可用的是 {'、'.join(known)}" if 0 < len(known) <= FEW else ""


@dataclass
class Section:
    """A mapping of a file that is read key by key; what nobody asked for is a fault in the end."""

    raw: Mapping[str, Raw]
    path: str = ""
    faults: list[Fault] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    @classmethod
    def empty(cls) -> "Section":
        """A section with nothing in it, for a part that is missing."""
        return cls({})

    @classmethod
    def of(cls, raw: Raw, path: str, faults: list[Fault]) -> "Section":
        """The section of a raw value; a fault and an empty section where it is no mapping."""
        if isinstance(raw, dict):
            return cls(raw, path, faults)
        faults.append(Fault(path, "必须是“键: 值”的形式"))
        return cls({}, path, faults)

    def fault(self, key: str, reason: str) -> None:
        """Note that a key of this section is wrong."""
        self.faults.append(Fault(self.at(key), reason))

    def at(self, key: str) -> str:
        """The dotted name of a key."""
        return f"{self.path}.{key}" if self.path and key else self.path or key

    def has(self, key: str) -> bool:
        """Whether the key is there with a value."""
        self.asked.add(key)
        return self.raw.get(key) is not None

    def need(self, key: str, read: Callable[["Section", str], T], otherwise: T) -> T:
        """A value that must be there, read by one of the functions below."""
        if self.has(key):
            return read(self, key)
        self.fault(key, "缺少这一项")
        return otherwise

    def maybe(self, key: str, read: Callable[["Section", str], T], otherwise: T) -> T:
        """A value that may be left out."""
        return read(self, key) if self.has(key) else otherwise

    def text(self, key: str) -> str:
        """A text."""
        value = self.raw.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.fault(key, "必须是文字")
        return ""

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, none of them twice."""
        value = self.raw.get(key)
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            self.fault(key, "必须是文字的列表，如 [甲, 乙]")
            return ()
        items = [str(item) for item in value]
        if len(set(items)) < len(items):
            self.fault(key, "列表中有重复")
        return tuple(items)

    def words(self, key: str, known: Collection[str], noun: str) -> tuple[str, ...]:
        """A list of words that are all known."""
        return tuple(item for item in self.texts(key) if self.is_known(key, item, known, noun))

    def word(self, key: str, known: Collection[str], noun: str) -> str:
        """One word that is known."""
        value = self.text(key)
        return value if value and self.is_known(key, value, known, noun) else ""

    def is_known(self, key: str, word: str, known: Collection[str], noun: str) -> bool:
        """Whether a word is among the known ones; a fault with the near names where it is not."""
        if word not in known:
            self.fault(key, f"没有{noun} {word}{near(word, known)}")
        return word in known

    def flag(self, key: str) -> bool:
        """true or false, written so."""
        value = self.raw.get(key)
        if isinstance(value, str) and value in _FLAGS:
            return _FLAGS[value]
        self.fault(key, "只能写 true 或 false")
        return False

    def whole(self, key: str) -> int:
        """A whole number without leading zeros, zero or more."""
        value = self.raw.get(key)
        if isinstance(value, str) and re.fullmatch(r"0|[1-9]\d{0,8}", value, re.ASCII):
            return int(value)
        self.fault(key, "必须是整数，不带前导零")
        return 0

    def day(self, key: str) -> date:
        """A date, YYYY-MM-DD."""
        value = self.raw.get(key)
        found = day(value) if isinstance(value, str) else None
        if found is None:
            self.fault(key, "必须是实有的日期，写作 2026-11-23")
        return found or date.min

    def section(self, key: str) -> "Section":
        """A mapping inside this one."""
        return Section.of(self.raw.get(key), self.at(key), self.faults)

    def sections(self) -> Iterator[tuple[str, "Section"]]:
        """All entries of this mapping as sections, by name."""
        for key in self.raw:
            self.asked.add(key)
            yield key, self.section(key)

    def rows(self, key: str) -> tuple["Section", ...]:
        """A list of mappings."""
        value = self.raw.get(key)
        if not isinstance(value, list):
            self.fault(key, "必须是列表")
            return ()
        return tuple(Section.of(item, f"{self.at(key)}[{index}]", self.faults) for index, item in enumerate(value, 1))

    def close(self) -> None:
        """Every key that nobody asked for is a fault, with the near names."""
        for key in self.raw:
            if key not in self.asked:
                self.fault(key, f"没有这一项{near(key, self.asked)}")


def day(text: str) -> date | None:
    """The date that a text YYYY-MM-DD names; null where it names none."""
    if not _DAY.fullmatch(text) or not text.isascii():
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def flag(text: str) -> bool | None:
    """The truth value that a text names; null for anything but true and false."""
    return _FLAGS.get(text)


NO_ROWS: tuple[Section, ...] = ()
NO_TEXTS: tuple[str, ...] = ()
