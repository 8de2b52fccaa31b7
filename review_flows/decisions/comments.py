"""Public comments (公众意见): brought in whole, grouped, answered one by one or in bulk; nothing is lost.

Each comment keeps its words as they came, their hash, the hash of the file it came in and its place there, its channel
and its time. Repeated ones are grouped, never dropped: the figures count both voices and different opinions. An answer
is adopted, partly adopted or declined, the last two with a reason (713 art. 18; MD-06). How files are read and sheets
written: `comment_files`; what is published: `comment_report`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from review_flows.cases.case import Case, CaseFinding
from review_flows.cases.standing import find_case, latest_records
from review_flows.decisions.comment_groups import Groups, article_of, article_order
from review_flows.decisions.participation_step import step_of
from review_flows.errors import NotFound, ProcedureError, ReviewFlowsError
from review_flows.law.catalogs import Catalogs
from review_flows.records.audit import Actor, record
from review_flows.records.database import Instant

ANSWERS = ("adopted", "partly_adopted", "declined")
LATE = "comments.late"
WHOLE_TEXT = "全文"  # where a comment names no article of the draft
MAX_COMMENT = 200_000  # characters; a longer one is a document, and comes in as a paper
_FEW = 10


class PublicComment(SQLModel, table=True):
    """One comment as it came. `group` is the number of the first comment that says the same."""

    __tablename__ = "public_comments"
    __table_args__ = (UniqueConstraint("case", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    case: str = Field(foreign_key="cases.number", index=True)
    number: int
    text: str
    text_sha256: str
    sender: str = ""
    channel: str
    received_on: date
    source_sha256: str = Field(index=True)
    source_name: str = ""
    source_place: str = ""
    filed_at: datetime = Field(sa_type=Instant)
    article: str | None = Field(default=None, index=True)
    group: int = Field(index=True)
    answer: str | None = Field(default=None, index=True)
    answer_reason: str | None = None
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
    answered_by: str | None = None


@dataclass(frozen=True)
class Said:
    """A comment before it is filed; `place`: where it stands in its file."""

    text: str
    sender: str
    channel: str
    received_on: date
    place: str = ""


@dataclass(frozen=True)
class Source:
    """The file that comments came in."""

    sha256: str
    name: str = ""


@dataclass(frozen=True)
class Answered:
    """What is answered to a group of comments."""

    group: int
    answer: str
    reason: str = ""


# --- in --------------------------------------------------------------------------------------------------------------


def bring_in(
    session: Session, catalogs: Catalogs, case_number: str, said: Sequence[Said], *, source: Source, actor: Actor,
    at: datetime,
) -> list[PublicComment]:  # fmt: skip
    """File the comments of one file: each is kept; those that say the same share a group. A file counts once."""
    case = find_case(session, case_number)
    step = step_of(catalogs, case)
    there = comments_of(session, case.number)
    _check_new(case, there, said, source)
    groups, made = Groups((comment.text, comment.group) for comment in there), []
    first = max((comment.number for comment in there), default=0) + 1
    for number, one in enumerate(said, first):
        made.append(
            PublicComment(
                case=case.number,
                number=number,
                text=one.text,
                text_sha256=hash_of(one.text),
                sender=one.sender,
                channel=one.channel,
                received_on=one.received_on,
                source_sha256=source.sha256,
                source_name=source.name,
                source_place=one.place,
                filed_at=at,
                article=article_of(one.text, case.title),
                group=groups.place(one.text, number),
            )  # fmt: skip
        )
    session.add_all(made)
    session.flush()
    record(
        session, "comments.received", actor=actor, at=at, case=case.number, step=step, documents=[source.sha256],
        payload={"count": len(made), "first": first, "texts_sha256": _together(made), "file": source.name},
    )  # fmt: skip
    _note_late(session, case, step, made, actor, at)
    return made


def _check_new(case: Case, there: Sequence[PublicComment], said: Sequence[Said], source: Source) -> None:
    if case.is_ended:
        raise ProcedureError(case.number, "", "已经结束，不能再登记公众意见。")
    if case.is_secret:
        raise ProcedureError(case.number, "", "是涉密事项，不公开征求意见，不收电子文件。")
    if not said:
        raise ReviewFlowsError(f"“{source.name or '文件'}”里没有意见，没有导入。")
    if any(comment.source_sha256 == source.sha256 for comment in there):
        raise ReviewFlowsError(f"“{source.name or '这份文件'}”已经导入过 {case.number}，没有重复导入。")


def _note_late(
    session: Session, case: Case, step: str, made: Sequence[PublicComment], actor: Actor, at: datetime
) -> None:
    """Comments that come after the step was done are kept and answered all the same; the adoption report is out."""
    row = latest_records(session, case.number).get(step)
    if row is None or row.state != "done":
        return
    reason = f"环节办结后又收到意见{len(made)}人次（第{made[0].number}号起），未列入采纳情况报告"
    session.add(CaseFinding(case=case.number, kind=LATE, step=step, round=row.round, reason=reason, found_at=at))
    record(
        session, "comments.late", actor=actor, at=at, case=case.number, step=step, round=row.round, reason=reason,
    )  # fmt: skip


def hash_of(text: str) -> str:
    """The sha256 of a comment's words."""
    return sha256(text.encode()).hexdigest()


def _together(comments: Iterable[PublicComment]) -> str:
    """One hash over the words of several comments, for the trail."""
    return sha256("\n".join(comment.text_sha256 for comment in comments).encode()).hexdigest()


def altered(comments: Iterable[PublicComment]) -> list[int]:
    """The numbers of comments whose words are no longer those that came."""
    return [comment.number for comment in comments if hash_of(comment.text) != comment.text_sha256]


# --- there -----------------------------------------------------------------------------------------------------------


def comments_of(session: Session, case: str, *, until: datetime | None = None) -> list[PublicComment]:
    """All comments of a case in the order they were filed; those filed by an instant where one is given."""
    query = select(PublicComment).where(PublicComment.case == case).order_by(col(PublicComment.number))
    if until is not None:
        query = query.where(col(PublicComment.filed_at) <= until)
    return list(session.exec(query))


def groups_of(comments: Sequence[PublicComment]) -> list[list[PublicComment]]:
    """The comments by group, each in order; groups by the article they speak of, then by their first comment."""
    found: dict[int, list[PublicComment]] = defaultdict(list)
    for comment in comments:
        found[comment.group].append(comment)
    return sorted(found.values(), key=lambda group: (article_order(article_of_group(group)), group[0].number))


def article_of_group(group: Sequence[PublicComment]) -> str | None:
    """The article that a group speaks of: that of its first comment which names one."""
    return next((comment.article for comment in group if comment.article), None)


def regroup(
    session: Session, catalogs: Catalogs, case_number: str, numbers: Sequence[int], *, to: int | None, reason: str,
    actor: Actor, at: datetime,
) -> int:  # fmt: skip
    """Comments put into another group (`to`), or into one of their own; returns the number of that group.

    They take over the answer of the group they come into; a group of its own is answered anew.
    """
    case = find_case(session, case_number)
    step = step_of(catalogs, case)
    if _is_reported(session, catalogs, case):
        raise _reported(catalogs, case)
    if not reason.strip():
        raise ReviewFlowsError("调整归并须写明理由。")
    all_of_case = {comment.number: comment for comment in comments_of(session, case.number)}
    wanted = sorted(set(numbers))
    _check_known(case.number, set(wanted), set(all_of_case))
    group = to if to is not None else wanted[0]
    head = next((c for c in all_of_case.values() if c.group == to and c.number not in wanted), None)
    if to is not None and head is None:
        raise NotFound(f"{case.number} 的意见组", str(to))
    _free_heads(all_of_case.values(), set(wanted))
    for comment in (all_of_case[number] for number in wanted):
        comment.group = group
        comment.answer, comment.answer_reason = (head.answer, head.answer_reason) if head else (None, None)
        comment.answered_at, comment.answered_by = (head.answered_at, head.answered_by) if head else (None, None)
    record(
        session, "comments.regrouped", actor=actor, at=at, case=case.number, step=step, reason=reason,
        payload={"comments": wanted, "group": group},
    )  # fmt: skip
    return group


def _free_heads(comments: Iterable[PublicComment], leaving: set[int]) -> None:
    """A group whose first comment leaves is known by the first that stays."""
    staying: dict[int, list[PublicComment]] = defaultdict(list)
    for comment in comments:
        if comment.group in leaving and comment.number not in leaving:
            staying[comment.group].append(comment)
    for rest in staying.values():
        for comment in rest:
            comment.group = rest[0].number


# --- answers ---------------------------------------------------------------------------------------------------------


def answer(
    session: Session, catalogs: Catalogs, case_number: str, answers: Sequence[Answered], *, actor: Actor, at: datetime,
    source: Source | None = None,
) -> int:  # fmt: skip
    """Answer whole groups at once; returns how many comments that were. Not adopted needs a reason.

    Once the step is done, only what came later can be answered.
    """
    case = find_case(session, case_number)
    step = step_of(catalogs, case)
    for told in answers:
        check_answer(told)
    by_group = {told.group: told for told in answers}
    chosen = [comment for comment in comments_of(session, case.number) if comment.group in by_group]
    _check_known(case.number, set(by_group), {comment.group for comment in chosen})
    if _is_reported(session, catalogs, case):
        chosen = [comment for comment in chosen if comment.answer is None]
        if not chosen:
            raise _reported(catalogs, case)
    for comment in chosen:
        told = by_group[comment.group]
        comment.answer, comment.answer_reason = told.answer, told.reason.strip() or None
        comment.answered_at, comment.answered_by = at, actor.person
    record(
        session, "comments.answered", actor=actor, at=at, case=case.number, step=step,
        documents=[source.sha256] if source else (),
        payload={"answers": _by_answer(by_group.values()), "comments": len(chosen)},
    )  # fmt: skip
    return len(chosen)


def check_answer(told: Answered) -> None:
    """Raises where an answer is none of the three, or does not adopt all and gives no reason."""
    if told.answer not in ANSWERS:
        raise ReviewFlowsError(f"没有“{told.answer}”这种处理；可用的是 {'、'.join(ANSWERS)}。")
    if told.answer != "adopted" and not told.reason.strip():
        raise ReviewFlowsError(f"第 {told.group} 组没有完全采纳，须写明理由。")


def _by_answer(answers: Iterable[Answered]) -> list[Mapping[str, object]]:
    """What was answered, as the trail keeps it: equal answers together, with the groups they were given to."""
    together: dict[tuple[str, str], list[int]] = defaultdict(list)
    for told in answers:
        together[told.answer, told.reason.strip()].append(told.group)
    return [
        {"answer": key, "reason": reason or None, "groups": sorted(groups)}
        for (key, reason), groups in together.items()
    ]


def _is_reported(session: Session, catalogs: Catalogs, case: Case) -> bool:
    """Whether the step is done: what its report says is not changed behind its back."""
    row = latest_records(session, case.number).get(step_of(catalogs, case))
    return case.is_ended or (row is not None and row.state == "done")


def _reported(catalogs: Catalogs, case: Case) -> ProcedureError:
    step = step_of(catalogs, case)
    name = catalogs.label(step, case.kind)
    return ProcedureError(case.number, step, f"“{name}”已经办结，归并和答复已列入采纳情况报告，不能再改。")


def _check_known(case: str, wanted: set[int], known: set[int]) -> None:
    if missing := sorted(wanted - known):
        raise NotFound(f"{case} 的意见", "、".join(map(str, missing[:_FEW])))


@dataclass(frozen=True)
class Figures:
    """What the report counts: voices, different opinions, and how each was answered (opinions, not voices)."""

    voices: int
    opinions: int
    by_answer: Mapping[str, int]
    open: int


def figures(comments: Sequence[PublicComment]) -> Figures:
    """The figures of a set of comments; an opinion is a group, counted once, open while any voice in it is."""
    return _figures([(comment.group, comment.answer) for comment in comments])


def figures_of(session: Session, case: str) -> Figures:
    """The figures of a case, without reading what was said."""
    query = select(PublicComment.group, PublicComment.answer).where(PublicComment.case == case)
    return _figures(session.exec(query).all())


def _figures(voices: Sequence[tuple[int, str | None]]) -> Figures:
    answers: dict[int, set[str | None]] = defaultdict(set)
    for group, answer in voices:
        answers[group].add(answer)
    settled = [next(iter(told)) for told in answers.values() if None not in told]
    counted = Counter(told for told in settled if told)
    return Figures(len(voices), len(answers), counted, len(answers) - len(settled))
