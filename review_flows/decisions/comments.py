"""Public comments (公众意见): brought in whole, grouped, answered one by one, reported with figures; nothing is lost.

Each comment keeps its words as they came, the hash of the file it came in, its channel and its time. Repeated ones are
grouped, never dropped: the figures count both voices and different opinions. An answer is adopted, partly adopted or
declined, the last two with a reason (713 art. 18; MD-06). What is published has personal data masked.
"""

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from review_flows.cases.standing import find_case
from review_flows.errors import DraftError, NotFound, ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.papers import sheets
from review_flows.papers.layout import render
from review_flows.papers.paper import Column, Grid, Heading, OfficialDocument, Text
from review_flows.records.audit import Actor, record
from review_flows.records.database import Instant

STEPS = ("public_participation", "public_comment")
ANSWERS = ("adopted", "partly_adopted", "declined")
NEAR = 92  # percent of equal characters above which two comments say the same
MAX_COMMENT = 20_000

_ARTICLE = re.compile("第([一二三四五六七八九十百零〇0-9]{1,8})条")
_NUMBER = re.compile("[0-9一二三四五六七八九十百千万]+")
_NOISE = re.compile(r"[\W_]+")
_PERSONAL = (
    (re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)"), r"\1********\2"),  # identity card
    (re.compile(r"(?<!\d)(1\d{2})\d{4}(\d{4})(?!\d)"), r"\1****\2"),  # mobile telephone
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"), "（邮箱略）"),
    (re.compile(r"(?<!\d)0\d{2,3}-?\d{7,8}(?!\d)"), "（电话略）"),
)


class PublicComment(SQLModel, table=True):
    """One comment as it came. `group` is the number of the first comment that says the same."""

    __tablename__ = "public_comments"
    __table_args__ = (UniqueConstraint("case", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    number: int
    text: str
    sender: str = ""
    channel: str
    received_on: date
    source_sha256: str
    article: str | None = Field(default=None, index=True)
    group: int = Field(index=True)
    answer: str | None = Field(default=None, index=True)
    answer_reason: str | None = None
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
    answered_by: str | None = None


@dataclass(frozen=True)
class Said:
    """A comment before it is filed."""

    text: str
    sender: str
    channel: str
    received_on: date


FIELDS = (
    sheets.Field("text", "意见内容", required=True, width=60),
    sheets.Field("sender", "提出人", width=16),
    sheets.Field("channel", "渠道", required=True, width=14),
    sheets.Field("received_on", "收到日期", "day", required=True, width=14),
)


def read_comments(data: bytes, name: str, *, channel: str, received_on: date) -> list[Said]:
    """The comments of a file: .xlsx and .csv by their columns, .txt one per block between blank lines.

    Raises DraftError or ReviewFlowsError with every fault at once; then nothing is brought in.
    """
    suffix = name.rpartition(".")[2].lower()
    if suffix == "xlsx":
        table = sheets.read_table(data, name, FIELDS)
        rows: Iterable[Mapping[str, object]] = table.rows
        faults = [str(fault) for fault in table.faults]
    elif suffix == "csv":
        rows, faults = _read_csv(data, name)
    elif suffix == "txt":
        texts = [part.strip() for part in re.split(r"\n\s*\n", _decoded(data, name)) if part.strip()]
        return [Said(text, "", channel, received_on) for text in texts]
    else:
        raise DraftError(name, "意见表应为 .xlsx、.csv 或 .txt。")
    if faults:
        raise ReviewFlowsError(f"“{name}”有 {len(faults)} 处要改，没有导入：{'；'.join(faults[:50])}。")
    return [_said(row) for row in rows]


def _said(row: Mapping[str, object]) -> Said:
    day = row["received_on"]
    assert isinstance(day, date)
    return Said(str(row["text"])[:MAX_COMMENT], str(row.get("sender") or ""), str(row["channel"]), day)


def _read_csv(data: bytes, name: str) -> tuple[list[Mapping[str, object]], list[str]]:
    reader = csv.DictReader(io.StringIO(_decoded(data, name)))
    headings = {field.key: field.heading for field in FIELDS}
    missing = [
        headings[key] for key in ("text", "channel", "received_on") if headings[key] not in (reader.fieldnames or ())
    ]
    if missing:
        return [], [f"缺少“{heading}”列" for heading in missing]
    rows: list[Mapping[str, object]] = []
    faults = []
    for line, given in enumerate(reader, 2):
        row: dict[str, object] = {key: (given.get(heading) or "").strip() for key, heading in headings.items()}
        try:
            row["received_on"] = date.fromisoformat(str(row["received_on"]))
        except ValueError:
            faults.append(f"第{line}行“收到日期”不是日期")
        if not row["text"]:
            faults.append(f"第{line}行没有意见内容")
        rows.append(row)
    return rows, faults


def _decoded(data: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DraftError(name, "文字编码无法识别，请另存为 UTF-8。")


def bring_in(
    session: Session, case: str, said: Sequence[Said], *, source_sha256: str, actor: Actor, at: datetime
) -> list[PublicComment]:
    """File comments: each is kept; those that say the same share a group."""
    find_case(session, case)
    there = comments_of(session, case)
    groups = _Groups(there)
    number = max((comment.number for comment in there), default=0)
    made = []
    for one in said:
        number += 1
        article = article_of(one.text)
        comment = PublicComment(
            case=case, number=number, text=one.text, sender=one.sender, channel=one.channel,
            received_on=one.received_on, source_sha256=source_sha256, article=article,
            group=groups.place(one.text, number),
        )  # fmt: skip
        made.append(comment)
    session.add_all(made)
    session.flush()
    record(
        session, "comments.received", actor=actor, at=at, case=case, documents=[source_sha256],
        payload={"count": len(made), "first": made[0].number if made else None},
    )  # fmt: skip
    return made


def article_of(text: str) -> str | None:
    """The article that a comment speaks of, as it writes it."""
    found = _ARTICLE.search(text)
    return found.group(0) if found else None


def bare(text: str) -> str:
    """A text without what does not matter for saying the same: blanks and punctuation.

    >>> bare("建议，增加 泊位！")
    '建议增加泊位'
    """
    return _NOISE.sub("", text).casefold()


class _Groups:
    """Which group a comment belongs to: equal words anywhere, or nearly equal ones with the same numbers in them.

    Numbers must agree, since 第3号泊位 and 第8号泊位 differ in one character and are two opinions.
    """

    def __init__(self, there: Sequence[PublicComment]) -> None:
        self.equal: dict[str, int] = {}
        self.alike: dict[tuple[str, int], list[tuple[str, int]]] = defaultdict(list)
        for comment in there:
            self._remember(bare(comment.text), comment.group)

    def place(self, text: str, number: int) -> int:
        words = bare(text)
        group = self.equal.get(words) or self._near(words) or number
        self._remember(words, group)
        return group

    def _remember(self, words: str, group: int) -> None:
        if words not in self.equal:
            self.equal[words] = group
            self.alike[_numbers(words), len(words) // 8].append((words, group))

    def _near(self, words: str) -> int | None:
        from rapidfuzz import process
        from rapidfuzz.distance import Indel

        numbers, size = _numbers(words), len(words) // 8
        known = [entry for around in (size - 1, size, size + 1) for entry in self.alike[numbers, around]]
        found = process.extractOne(
            words, [entry[0] for entry in known], scorer=Indel.normalized_similarity, score_cutoff=NEAR / 100
        )
        return known[found[2]][1] if found else None


def _numbers(words: str) -> str:
    """The numbers in a text, in order; two texts that say the same have the same ones."""
    return " ".join(_NUMBER.findall(words))


def comments_of(session: Session, case: str) -> list[PublicComment]:
    """All comments of a case in the order they were filed."""
    query = select(PublicComment).where(PublicComment.case == case).order_by(col(PublicComment.number))
    return list(session.exec(query))


def answer(
    session: Session, case: str, groups: Sequence[int], *, answer: str, reason: str, actor: Actor, at: datetime
) -> int:
    """Answer whole groups at once; returns how many comments that were. Not adopted needs a reason."""
    if answer not in ANSWERS:
        raise ReviewFlowsError(f"没有“{answer}”这种处理；可用的是 {'、'.join(ANSWERS)}。")
    if answer != "adopted" and not reason.strip():
        raise ReviewFlowsError("未完全采纳的意见须写明理由。")
    wanted = set(groups)
    chosen = [comment for comment in comments_of(session, case) if comment.group in wanted]
    if missing := wanted - {comment.group for comment in chosen}:
        raise NotFound(f"{case} 的意见", "、".join(map(str, sorted(missing)[:10])))
    for comment in chosen:
        comment.answer, comment.answer_reason = answer, reason or None
        comment.answered_at, comment.answered_by = at, actor.person
    record(
        session, "comments.answered", actor=actor, at=at, case=case, reason=reason or None,
        payload={"groups": sorted(wanted), "answer": answer, "comments": len(chosen)},
    )  # fmt: skip
    return len(chosen)


@dataclass(frozen=True)
class Figures:
    """What the report counts: voices, different opinions, and how each was answered (opinions, not voices)."""

    voices: int
    opinions: int
    by_answer: Mapping[str, int]
    open: int


def figures(comments: Sequence[PublicComment]) -> Figures:
    """The figures of a set of comments; an opinion is a group, counted once."""
    heads = {comment.group: comment for comment in comments}
    counted = Counter(comment.answer for comment in heads.values() if comment.answer)
    return Figures(len(comments), len(heads), counted, sum(comment.answer is None for comment in heads.values()))


def masked(text: str) -> str:
    """A text without personal data, for publication.

    >>> masked("我的电话13812345678")
    '我的电话138****5678'
    """
    for pattern, shown in _PERSONAL:
        text = pattern.sub(shown, text)
    return text


def masked_name(name: str) -> str:
    """A sender for publication: the family name only.

    >>> masked_name("张三丰")
    '张**'
    """
    return name[:1] + "*" * (len(name) - 1)


def report(session: Session, catalogs: Catalogs, case_number: str, *, demo_mark: str = "") -> bytes:
    """公众意见采纳情况报告: the figures with numerator and denominator, then every opinion with its answer."""
    case, comments = find_case(session, case_number), comments_of(session, case_number)
    if not comments:
        raise ReviewFlowsError(f"{case_number} 还没有登记公众意见，不能出具采纳情况报告。")
    told = figures(comments)
    if told.open:
        raise ReviewFlowsError(f"还有 {told.open} 条意见没有答复，不能出具采纳情况报告。")
    counts = "，".join(f"{catalogs.label(key, section='adoptions')}{told.by_answer.get(key, 0)}条" for key in ANSWERS)
    channels = "、".join(f"{name}{count}人次" for name, count in Counter(c.channel for c in comments).most_common())
    first, last = min(c.received_on for c in comments), max(c.received_on for c in comments)
    blocks = (
        Heading(1, "征求意见情况"),
        Text(
            f"{first.isoformat()}至{last.isoformat()}，共收到意见{told.voices}人次（{channels}），归并为{told.opinions}条。"
        ),
        Heading(1, "采纳情况"),
        Text(f"{told.opinions}条意见中，{counts}。逐条情况如下："),
        _grid(catalogs, comments),
    )
    return render(
        OfficialDocument(
            title=f"《{case.title.strip('《》')}》公众意见采纳情况报告", blocks=blocks, demo_mark=demo_mark
        )
    )


def _grid(catalogs: Catalogs, comments: Sequence[PublicComment]) -> Grid:
    voices = Counter(comment.group for comment in comments)
    columns = (
        Column("序号", 5, "center"),
        Column("涉及条款", 10, "center"),
        Column("意见", 40, "left"),
        Column("人次", 6, "center"),
        Column("处理", 9, "center"),
        Column("理由", 30, "left"),
    )
    heads = sorted({comment.group: comment for comment in reversed(comments)}.values(), key=lambda c: c.number)
    rows = tuple(
        (
            str(place),
            comment.article or "全文",
            masked(comment.text),
            str(voices[comment.group]),
            catalogs.label(comment.answer or "", section="adoptions"),
            comment.answer_reason or "",
        )
        for place, comment in enumerate(heads, 1)
    )
    return Grid(columns, rows, 10.5)
