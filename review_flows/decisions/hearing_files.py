"""Lists of a hearing in: those who registered, and what was said; tables (.xlsx, .csv), every fault at once."""

from review_flows.decisions.comment_files import csv_lines, refuse
from review_flows.decisions.hearing_acts import Spoken
from review_flows.decisions.hearing_people import Applicant
from review_flows.decisions.hearings import PARTS
from review_flows.errors import DraftError
from review_flows.papers import sheets
from review_flows.papers.wording import Wording

APPLICANTS = (
    sheets.Field("name", "姓名", required=True, width=12),
    sheets.Field("category", "类别", required=True, width=14),
    sheets.Field("unit", "单位（身份）", width=30),
    sheets.Field("phone", "联系电话", width=16),
)


def read_table(data: bytes, name: str, fields: tuple[sheets.Field, ...]) -> sheets.Table:
    """The table of an .xlsx or .csv; all faults at once."""
    suffix = name.lower().rpartition(".")[2]
    if suffix == "xlsx":
        table = sheets.read_table(data, name, fields)
    elif suffix == "csv":
        table = sheets.table_of(csv_lines(data, name), name, fields)
    else:
        raise DraftError(name, "应为 .xlsx 或 .csv。")
    refuse(name, [str(fault) for fault in table.faults])
    if not table.rows:
        raise DraftError(name, "里面没有内容。")
    return table


def read_applicants(data: bytes, name: str) -> list[Applicant]:
    """Those who registered, in the order of the list."""
    rows = read_table(data, name, APPLICANTS).rows
    return [
        Applicant(str(r["name"]), str(r["category"]), str(r.get("unit") or ""), str(r.get("phone") or "")) for r in rows
    ]


def statement_fields(wording: Wording) -> tuple[sheets.Field, ...]:
    """The columns of a record; the parts are called as the paper calls them."""
    parts = {part: wording.say("hearing", part) for part in PARTS}
    return (
        sheets.Field("part", "环节", required=True, choices=parts, width=20),
        sheets.Field("speaker", "发言人", required=True, width=16),
        sheets.Field("words", "内容", required=True, width=80),
    )


def read_statements(data: bytes, name: str, wording: Wording) -> tuple[Spoken, ...]:
    """What was said, in the order of the list."""
    rows = read_table(data, name, statement_fields(wording)).rows
    return tuple(Spoken(str(r["part"]), str(r["speaker"]), str(r["words"])) for r in rows)
