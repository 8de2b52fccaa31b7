"""The catalog of statutes: what a cited title names, whether it is in force on a day, how many articles it has.

In: `catalogs/statutes.csv` (one row a title: dates, status, successor, highest article number; where each row comes
from stands in it). Out: `Statutes` with look-ups that forgive what people leave out or write otherwise, and `check`,
which says what is wrong with a citation on a day. The file is read when first asked for and kept.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from review_flows.errors import CatalogError
from review_flows.law.citations import ArticleNumber, Citation

FILE = "statutes.csv"
COLUMNS = (
    "id",
    "name",
    "short_names",
    "number",
    "level",
    "promulgated_on",
    "effective_on",
    "amended_on",
    "status",
    "repealed_on",
    "successor",
    "article_count",
    "source",
    "note",
)
IN_FORCE, REPEALED = "现行有效", "已废止"
Status = Literal["现行有效", "已废止", "尚未施行", "目录未收录"]
ProblemKind = Literal["unknown", "misspelled", "wrong_kind", "repealed", "not_yet", "beyond", "amended"]

_COUNTRY = "中华人民共和国"
_EDITION = re.compile(
    r"[（(](?:(?:19|20)\d\d年?)?(?:第[一二三四五六七八九十]次)?(?:修订|修正|修改|公布|版|文本|修订版|修正版|最新)+[)）]$"
)
_TRIAL = re.compile(r"[（(](?:试行|暂行|草案|征求意见稿|送审稿)[)）]$")
_KINDS = ("法典", "法", "条例", "实施细则", "细则", "实施办法", "办法", "规定", "规则", "决定")
_NEAR = 0.84  # share of common characters from which a name is one that was probably meant
_UNSURE = ("guessed", "[memory]", "not established")


@dataclass(frozen=True, slots=True)
class Statute:
    """One row. `article_count` is the highest article number; dates are None where the catalog does not know them."""

    id: str
    name: str
    short_names: tuple[str, ...]
    number: str
    level: str
    promulgated_on: date | None
    effective_on: date | None
    amended_on: tuple[date, ...]
    status: str
    repealed_on: date | None
    successor: str
    article_count: int | None
    source: str
    note: str

    @property
    def is_sure(self) -> bool:
        """False for rows that rest on memory or on a guess: shown to users as 待核."""
        return not any(word in self.note or word in self.source for word in _UNSURE)

    def is_repealed(self, on: date) -> bool:
        """Whether it no longer applies on that day."""
        if self.repealed_on is not None:
            return self.repealed_on <= on
        return self.status == REPEALED

    def is_in_force_later(self, on: date) -> bool:
        """Whether it takes effect only after that day; a revised text has had an earlier one."""
        return self.effective_on is not None and self.effective_on > on and not self.amended_on

    def changed_after(self, on: date) -> date | None:
        """The first change of its text after that day."""
        revised = (self.effective_on,) if self.amended_on and self.effective_on else ()
        return min((d for d in (*self.amended_on, *revised) if d > on), default=None)

    def status_on(self, on: date) -> Status:
        """The status as a reader is told it."""
        if self.is_repealed(on):
            return "已废止"
        return "尚未施行" if self.is_in_force_later(on) else "现行有效"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a citation: a kind, and the sentence that says it."""

    kind: ProblemKind
    sentence: str


class Statutes:
    """All rows, with look-ups by name."""

    def __init__(self, rows: tuple[Statute, ...]) -> None:
        self.rows = rows
        self._by_name: dict[str, Statute] = {}
        for row in rows:
            for name in (row.name, row.name.removeprefix(_COUNTRY), *row.short_names):
                self._by_name.setdefault(plain(name), row)

    def __contains__(self, name: object) -> bool:
        """Whether the catalog has this name, full or short, letter by letter."""
        return isinstance(name, str) and plain(name) in self._by_name

    def has_literally(self, name: str) -> bool:
        """Whether these very words are a name; for the many words of a running text, most of which are none."""
        return name in self._by_name

    def __len__(self) -> int:
        return len(self.rows)

    def named(self, name: str) -> Statute | None:
        """The statute of this title, full or short; 中华人民共和国, (2021修订), （试行） may be there or not."""
        for form in _forms(plain(name)):
            if form in self._by_name:
                return self._by_name[form]
        return None

    def near(self, name: str, most: int = 3) -> list[Statute]:
        """Statutes whose names are most alike, best first; those of another kind (条例 for 法) included."""
        wanted = plain(name).removeprefix(_COUNTRY)
        if len(wanted) < 3 or len(wanted) > 120:
            return []
        same_stem = [row for row in self._by_stem.get(_stem(wanted), ()) if row.name != name]
        return list(dict.fromkeys([*same_stem, *self._alike(wanted, most)]))[:most]

    def _alike(self, wanted: str, most: int) -> list[Statute]:
        from rapidfuzz import process
        from rapidfuzz.distance import Indel

        hits = process.extract(
            wanted, self._names, scorer=Indel.normalized_similarity, score_cutoff=_NEAR, limit=2 * most
        )
        return [self._by_name[name] for name, _, _ in hits]

    @cached_property
    def _names(self) -> list[str]:
        return [name for name in self._by_name if not name.startswith(_COUNTRY)]

    @cached_property
    def _by_stem(self) -> dict[str, tuple[Statute, ...]]:
        stems: dict[str, tuple[Statute, ...]] = {}
        for row in self.rows:
            stem = _stem(plain(row.name).removeprefix(_COUNTRY))
            stems[stem] = (*stems.get(stem, ()), row)
        return stems

    def names_in(self, text: str) -> Iterator[tuple[int, int]]:
        """Places of known names of laws and regulations written without 《》, the longest at each place."""
        last = 0
        for match in _NAME_END.finditer(text):
            for start in range(max(last, match.end() - 30), match.start()):
                if text[start : match.end()] in self._by_name and match.end() - start > 2:
                    yield start, match.end()
                    last = match.end()
                    break


_NAME_END = re.compile(
    r"(?:法典?|条例|细则)(?=[、，。；：的和与及等第中（(》”规有以或对已所在进予执，\s]|$)(?!的?(?:律|制定))"
)


def plain(name: str) -> str:
    """A title as titles are compared: one kind of brackets, no blanks, no 《》 around it.

    >>> plain("《关于修改〈中华人民共和国 建筑法〉的决定》")
    '关于修改《中华人民共和国建筑法》的决定'
    """
    text = "".join(name.split()).translate(_BRACKETS)
    return text[1:-1] if _is_enclosed(text) else text


def in_marks(title: str) -> str:
    """A title in 《》, titles inside it in 〈〉.

    >>> in_marks("关于适用《民事诉讼法》的解释")
    '《关于适用〈民事诉讼法〉的解释》'
    """
    return f"《{title.translate(_INNER)}》"


def _is_enclosed(text: str) -> bool:
    """Whether the first 《 is closed by the last character."""
    if not (text.startswith("《") and text.endswith("》")):
        return False
    depth = 0
    for c in text[:-1]:
        depth += (c == "《") - (c == "》")
        if not depth:
            return False
    return True


_INNER = str.maketrans("《》", "〈〉")
_BRACKETS = str.maketrans("〈〉<>＜＞(){}", "《》《》《》（）（）")


def _forms(name: str) -> Iterator[str]:
    """The name as written, then with less and less that may be missing or added."""
    bare = _EDITION.sub("", name)
    yield from (name, bare, bare.removeprefix(_COUNTRY), f"{bare}（试行）")
    without_trial = _TRIAL.sub("", bare)
    if without_trial != bare:
        yield without_trial
        yield without_trial.removeprefix(_COUNTRY)


def _stem(name: str) -> str:
    """The name without the word for its kind: 物业管理 of 物业管理条例."""
    bare = _TRIAL.sub("", _EDITION.sub("", name))
    for kind in _KINDS:
        if bare.endswith(kind) and len(bare) - len(kind) >= 2:
            return bare[: -len(kind)]
    return bare


# --- what is wrong with a citation ---


def check(statutes: Statutes, name: str, article: ArticleNumber | None, *, on: date, written_on: date) -> list[Problem]:
    """What is wrong with citing this provision: judged on the day `on`, in a text of the day `written_on`."""
    statute = statutes.named(name)
    if statute is None:
        unknown = _unknown(statutes, name)
        return [unknown] if unknown else []
    if statute.is_repealed(on):
        return [Problem("repealed", _repeal_sentence(statute))]
    problems = []
    if statute.is_in_force_later(on):
        problems.append(
            Problem("not_yet", f"{in_marks(statute.name)}自{_day(statute.effective_on)}起施行，现在还不能作为依据。")
        )
    if article and statute.article_count and article.number > statute.article_count:
        problems.append(Problem("beyond", f"{in_marks(statute.name)}共{statute.article_count}条，没有{article}。"))
    elif article and (changed := statute.changed_after(written_on)) and changed <= on:
        problems.append(
            Problem(
                "amended",
                f"{in_marks(statute.name)}在本文之后（{_day(changed)}）有修改，{article}的条号和内容要对照新文本核对。",
            )
        )
    return problems


def _repeal_sentence(statute: Statute) -> str:
    when = f"自{_day(statute.repealed_on)}起" if statute.repealed_on else "已经"
    successor = f"，相应内容见{in_marks(statute.successor)}" if statute.successor else ""
    unsure = "" if statute.is_sure or statute.successor else "（待核）"
    return f"{in_marks(statute.name)}{when}废止{successor}{unsure}。"


def _unknown(statutes: Statutes, name: str) -> Problem | None:
    """A problem where the title is probably a statute's with an error in it; the catalog does not have every rule."""
    near = statutes.near(name)
    wanted = plain(name).removeprefix(_COUNTRY)
    if not near:
        return Problem("unknown", f"目录中没有{in_marks(name)}，请核对名称。") if _is_national(name) else None
    best = near[0]
    shown = "、".join(in_marks(row.name) for row in near)
    if _stem(plain(best.name).removeprefix(_COUNTRY)) == _stem(wanted):
        return Problem("wrong_kind", f"没有{in_marks(name)}，名称相近的是{shown}，请核对是法律、条例还是其他文件。")
    return Problem("misspelled", f"没有找到{in_marks(name)}，名称相近的是{shown}，请核对。")


def _is_national(name: str) -> bool:
    """Whether a title claims to be a national law or regulation: those the catalog ought to have."""
    return plain(name).startswith(_COUNTRY) and plain(name).endswith(("法", "条例", "法典"))


def _day(on: date | None) -> str:
    return f"{on.year}年{on.month}月{on.day}日" if on else ""


def cited_article(citation: Citation) -> list[ArticleNumber | None]:
    """Every article that a citation names, ends of ranges included; [None] for a citation of the whole text."""
    articles: list[ArticleNumber | None] = []
    for provision in citation.provisions:
        articles.append(provision.article)
        if provision.to:
            articles.append(provision.to.article)
    return list(dict.fromkeys(articles)) or [None]


# --- the file ---


def load_statutes(folder: Path) -> Statutes:
    """The catalog of a folder; read once as long as the file stays as it is."""
    path = folder / FILE
    try:
        stat = path.stat()
    except OSError as error:
        raise CatalogError(FILE, "", "文件不存在或不能读取") from error
    return _loaded(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _loaded(path: Path, _changed: int, _size: int) -> Statutes:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise CatalogError(FILE, "", f"列应为 {'、'.join(COLUMNS)}")
        rows = tuple(_row(line, row) for line, row in enumerate(reader, 2))
    if len({row.id for row in rows}) != len(rows) or len({row.name for row in rows}) != len(rows):
        raise CatalogError(FILE, "", "有编号或名称重复的行")
    return Statutes(rows)


def _row(line: int, row: dict[str, str]) -> Statute:
    status = row["status"]
    if not row["id"] or not row["name"] or status not in (IN_FORCE, REPEALED):
        raise CatalogError(FILE, f"第 {line} 行", f"须有编号、名称，状态只能是{IN_FORCE}或{REPEALED}")
    return Statute(
        id=row["id"],
        name=row["name"],
        short_names=_list(row["short_names"]),
        number=row["number"],
        level=row["level"],
        promulgated_on=_date(line, row["promulgated_on"]),
        effective_on=_date(line, row["effective_on"]),
        amended_on=tuple(d for text in _list(row["amended_on"]) if (d := _date(line, text))),
        status=status,
        repealed_on=_date(line, row["repealed_on"]),
        successor=row["successor"],
        article_count=_count(line, row["article_count"]),
        source=row["source"],
        note=row["note"],
    )


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _date(line: int, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CatalogError(FILE, f"第 {line} 行", f"“{text}”不是日期（写作 2026-11-23）") from error


def _count(line: int, text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise CatalogError(FILE, f"第 {line} 行", f"“{text}”不是条数")
    return int(text)
