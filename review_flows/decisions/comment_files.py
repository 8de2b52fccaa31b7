"""Files of public comments: tables, texts and mails in; the sheet for bulk answers out and in again.

In: the bytes of a file that may be hostile, and what its own columns do not say (channel, day). Out: comments as they
were written, or *all* faults at once; then nothing is brought in. Tables are known by Chinese headings, formulas are
never taken for words, encodings (UTF-8, UTF-16, GB18030) are told from the bytes.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser

from review_flows.decisions.comments import (
    ANSWERS,
    MAX_COMMENT,
    WHOLE_TEXT,
    Answered,
    PublicComment,
    Said,
    article_of_group,
    groups_of,
)
from review_flows.errors import DraftError, ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.papers import sheets
from review_flows.papers.workbooks import LIMITS
from review_flows.records.database import CHINA
from review_flows.text.reading import decode

FORMATS = (".xlsx", ".csv", ".txt", ".eml")
LETTER, MAIL = "来信", "电子邮件"  # how a text and a mail came, where nothing else is said
MAX_PARTS = 200  # of a mail
_SHOWN_FAULTS = 50

FIELDS = (
    sheets.Field("text", "意见内容", required=True, width=60),
    sheets.Field("sender", "提出人", width=16),
    sheets.Field("channel", "渠道", width=14),
    sheets.Field("received_on", "收到日期", "day", width=14),
)


@dataclass(frozen=True)
class Told:
    """What is said of a file beside its content: how and when its comments came, where they do not say themselves."""

    today: date
    channel: str | None = None
    received_on: date | None = None
    whole: bool = False  # the whole text is one comment


def read_comments(data: bytes, name: str, told: Told) -> list[Said]:
    """The comments of a file: tables by their columns, .txt one per block between blank lines, .eml one.

    Raises DraftError or ReviewFlowsError with every fault at once; then nothing is brought in.
    """
    if len(data) > LIMITS.file_bytes:
        raise DraftError(name, f"超过 {LIMITS.file_bytes // 1024 // 1024} MB；请拆分后再导入。")
    suffix = name.lower().rpartition(".")[2]
    if suffix == "xlsx":
        said, faults = _of_table(sheets.read_table(data, name, FIELDS), told)
    elif suffix == "csv":
        said, faults = _of_table(sheets.table_of(csv_lines(data, name), name, FIELDS), told)
    elif suffix == "txt":
        said, faults = _of_text(data, name, told), []
    elif suffix == "eml":
        said, faults = [_of_mail(data, name, told)], []
    else:
        raise DraftError(name, f"意见应为 {'、'.join(FORMATS)}。")
    faults += _faults_of(said, told)
    refuse(name, faults)
    return said


def refuse(name: str, faults: Sequence[str]) -> None:
    """Raises with all faults of a file, where there are any."""
    if faults:
        more = f"；还有 {len(faults) - _SHOWN_FAULTS} 处" if len(faults) > _SHOWN_FAULTS else ""
        raise ReviewFlowsError(
            f"“{name}”有 {len(faults)} 处要改，没有导入：{'；'.join(faults[:_SHOWN_FAULTS])}{more}。"
        )


def _faults_of(said: Iterable[Said], told: Told) -> Iterator[str]:
    for one in said:
        if len(one.text) > MAX_COMMENT:
            yield f"{one.place}的意见超过 {MAX_COMMENT // 10_000} 万字，请作为材料送来"
        if one.received_on > told.today:
            yield f"{one.place}的收到日期 {one.received_on.isoformat()} 晚于今天"


# --- tables ----------------------------------------------------------------------------------------------------------


def _of_table(table: sheets.Table, told: Told) -> tuple[list[Said], list[str]]:
    faults = [str(fault) for fault in table.faults]
    said = []
    for number, row in zip(table.numbers, table.rows, strict=True):
        channel, day = row.get("channel") or told.channel, row.get("received_on") or told.received_on
        lacking = [field.heading for field, value in ((FIELDS[2], channel), (FIELDS[3], day)) if not value]
        if lacking:
            faults.append(f"第{number}行没有{'、'.join(lacking)}（表中填写，或者导入时写明）")
            continue
        assert isinstance(day, date)
        said.append(Said(str(row["text"]), str(row.get("sender") or ""), str(channel), day, f"第{number}行"))
    return said, faults


def csv_lines(data: bytes, name: str) -> list[tuple[int, tuple[sheets.TextCell, ...]]]:
    """The lines of a .csv as cells, empty ones left out; tabs count as separators where there are no commas."""
    text = decode(data, name, []).replace("\0", "")
    head = text.lstrip().partition("\n")[0]
    delimiter = "\t" if "\t" in head and "," not in head else ","
    lines: list[tuple[int, tuple[sheets.TextCell, ...]]] = []
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1):
            if any(cell.strip() for cell in row):
                lines.append((number, tuple(sheets.TextCell(cell or None) for cell in row[: LIMITS.columns])))
            if len(lines) > LIMITS.rows:
                raise DraftError(name, f"超过 {LIMITS.rows} 行；请拆分后再导入。")
    except csv.Error as error:
        raise DraftError(
            name, "表格读不下去（引号不成对，或者一格里的字过多）；请用 Excel 或 WPS 另存为 .xlsx。"
        ) from error
    if not lines:
        raise DraftError(name, "是空的。")
    return lines


# --- texts and mails -------------------------------------------------------------------------------------------------


def _of_text(data: bytes, name: str, told: Told) -> list[Said]:
    text = decode(data, name, []).strip("\ufeff\r\n ")
    parts = [text] if told.whole else re.split(r"\r?\n[ \t\u3000]*\r?\n", text)
    channel, day = told.channel or LETTER, told.received_on or told.today
    kept = [part.strip() for part in parts if part.strip()]
    if len(kept) > LIMITS.rows:
        raise DraftError(name, f"超过 {LIMITS.rows} 条；请拆分后再导入。")
    return [Said(part, "", channel, day, f"第{place}段") for place, part in enumerate(kept, 1)]


def _of_mail(data: bytes, name: str, told: Told) -> Said:
    """A mail as one comment: its subject and its words; what is attached is named, and stays in the original."""
    try:
        mail = message_from_bytes(data, policy=policy.compat32)
        parts = list(_parts(mail, name))
    except RecursionError as error:
        raise DraftError(name, "邮件一层套一层，疑似恶意文件；请把意见另存为 .txt。") from error
    words = _words(parts, name)
    attached = [_header(part.get_filename() or "附件") for part in parts if _is_attached(part)]
    subject = _header(mail.get("Subject", ""))
    lines = [subject, words, f"（邮件附有：{'、'.join(attached)}，见原件）" if attached else ""]
    text = "\n".join(line for line in lines if line).strip()
    if not text:
        raise DraftError(name, "邮件里没有文字；图片和附件请作为材料送来。")
    day = told.received_on or _day_of(mail)
    if day is None:
        raise DraftError(name, "邮件没有写明日期；请在导入时写明收到日期。")
    return Said(text, _header(mail.get("From", "")), told.channel or MAIL, day, name)


def _parts(mail: Message, name: str) -> Iterator[Message]:
    for number, part in enumerate(mail.walk(), 1):
        if number > MAX_PARTS:
            raise DraftError(name, f"邮件的部分超过 {MAX_PARTS} 个，疑似恶意文件；请把意见另存为 .txt。")
        if not part.is_multipart():
            yield part


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _words(parts: Sequence[Message], name: str) -> str:
    """The plain text of a mail; that of its HTML where it has no other."""
    for wanted in ("text/plain", "text/html"):
        found = [part for part in parts if part.get_content_type() == wanted and not _is_attached(part)]
        texts = [_text_of(part, name).strip() for part in found]
        if any(texts):
            joined = "\n".join(text for text in texts if text)
            return _without_tags(joined) if wanted == "text/html" else joined
    return ""


def _text_of(part: Message, name: str) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes) or not data:
        return ""
    try:
        return data.decode(part.get_content_charset() or "ascii")
    except (LookupError, UnicodeDecodeError):
        return decode(data, name, [])  # what the mail says of its encoding is not always so


def _header(text: object) -> str:
    """A header as people read it; one that cannot be decoded as it stands."""
    try:
        return str(make_header(decode_header(str(text)))).strip()
    except (LookupError, UnicodeDecodeError, ValueError):
        return str(text).strip()


def _day_of(mail: Message) -> date | None:
    try:
        sent = parsedate_to_datetime(str(mail.get("Date", "")))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (sent if sent.tzinfo is None else sent.astimezone(CHINA)).date()


class _Plain(HTMLParser):
    """The words of HTML; scripts and styles are none."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style")
        if tag in ("br", "p", "div", "tr", "li"):
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style") and self._silent > 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(data)


def _without_tags(html: str) -> str:
    parser = _Plain()
    parser.feed(html)
    parser.close()
    return re.sub(r"\s*\n\s*", "\n", "".join(parser.said)).strip()


# --- the sheet for answers --------------------------------------------------------------------------------------------


def answer_fields(catalogs: Catalogs) -> tuple[sheets.Field, ...]:
    """The columns of the sheet: what stands (组号 … 其他表述), what a clerk fills in (采纳情况, 理由), a check mark."""
    choices = {key: catalogs.label(key, section="adoptions") for key in ANSWERS}
    return (
        sheets.Field("group", "组号", "whole", required=True, width=8),
        sheets.Field("article", "涉及条款", width=12),
        sheets.Field("voices", "人次", "whole", width=8),
        sheets.Field("text", "意见", width=60),
        sheets.Field("others", "其他表述", width=40),
        sheets.Field("answer", "采纳情况", choices=choices, width=12),
        sheets.Field("reason", "理由", width=50),
        sheets.Field("mark", "校验", required=True, width=14),
    )


def to_sheet(
    catalogs: Catalogs, case: str, comments: Sequence[PublicComment], *, everything: bool = False, demo_mark: str = ""
) -> bytes:
    """The groups of a case as .xlsx to be answered: those still open, or all."""
    groups = [group for group in groups_of(comments) if everything or any(c.answer is None for c in group)]
    rows = [_row(group) for group in groups]
    return sheets.write_table(answer_fields(catalogs), rows, title=f"{case}意见答复", demo_mark=demo_mark)


def _row(group: Sequence[PublicComment]) -> Mapping[str, sheets.Value]:
    head = group[0]
    told = next((comment for comment in group if comment.answer), None)
    others = dict.fromkeys(comment.text for comment in group[1:] if comment.text != head.text)
    return {
        "group": head.group,
        "article": article_of_group(group) or WHOLE_TEXT,
        "voices": len(group),
        "text": head.text,
        "others": "\n".join(others),
        "answer": told.answer if told else None,
        "reason": told.answer_reason if told else None,
        "mark": _mark(group),
    }


def _mark(group: Sequence[PublicComment]) -> str:
    """What tells whether a row still speaks of the words that it did when the sheet was written."""
    return group[0].text_sha256[:12]


def from_sheet(
    catalogs: Catalogs, data: bytes, name: str, comments: Sequence[PublicComment]
) -> tuple[list[Answered], int]:
    """The answers of a filled sheet and how many rows were left open; all faults at once, then nothing counts."""
    table = sheets.read_table(data, name, answer_fields(catalogs))
    faults = [str(fault) for fault in table.faults]
    known = {group[0].group: group for group in groups_of(comments)}
    answers: dict[int, Answered] = {}
    left = 0
    for number, row in zip(table.numbers, table.rows, strict=True):
        fault = _fault_of(row, known, answers)
        if fault:
            faults.append(f"第{number}行{fault}")
        elif row["answer"] is None:
            left += 1
        else:
            group = _whole(row["group"])
            answers[group] = Answered(group, str(row["answer"]), str(row["reason"] or ""))
    refuse(name, faults)
    if not answers:
        raise ReviewFlowsError(f"“{name}”里没有一组填了采纳情况，没有登记。")
    return list(answers.values()), left


def _fault_of(
    row: Mapping[str, sheets.Value], known: Mapping[int, Sequence[PublicComment]], seen: Mapping[int, Answered]
) -> str | None:
    group = _whole(row["group"])
    if group not in known:
        return f"没有第 {group} 组意见"
    if row["mark"] != _mark(known[group]):
        return f"与第 {group} 组意见对不上（不是本案的表，或者导出之后归并有变），请重新导出"
    if group in seen:
        return f"第 {group} 组填了两次"
    if row["answer"] is None and row["reason"]:
        return "写了理由，没有选采纳情况"
    if row["answer"] not in (None, "adopted") and not row["reason"]:
        return "没有完全采纳，须写明理由"
    return None


def _whole(value: sheets.Value) -> int:
    assert isinstance(value, int)  # the column is of whole numbers, and required
    return value
