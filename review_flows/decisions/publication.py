"""公布: where and when a text was made public, whether that text is the one that was discussed, what was explained.

In: the answer of step publication: channels, each with its day and issue number or address; where the adoption of
opinions is explained, where the interpretation stands. Out: refusals, the event, findings. A decision is published by
these ways as MD-28 asks; a normative document tells them where it has them. That the published text is the reviewed
one is checked when it comes in (cases/intake, `copy` in chains.yaml). Relies on follow_up.yaml and terms.yaml
(publication_channels).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model
from sqlmodel import Session, col, select

from review_flows.cases.advance import office_day
from review_flows.cases.case import Case, SignOff
from review_flows.cases.forms import offered_papers
from review_flows.cases.work import Asked
from review_flows.decisions.choices import UNTOLD, binds, choice, day_in, key_of, note, said, told_day, words
from review_flows.errors import SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.records.audit import Actor, record

STEP, TEXT = "publication", "published_text"
PUBLIC = "MD-28"
CHANNELS = "publication_channels"
MOST_CHANNELS = 20


@dataclass(frozen=True)
class PublishedIn:
    """One way in which a text was made public: `reference` is the issue number or the address."""

    channel: str
    on: date
    reference: str


class DocumentPublication:
    """The StepWork of publication of a normative document: it tells the channels that it has."""

    def fields(self, asked: Asked) -> dict[str, Any]:
        """Number, channels, explanation, interpretation."""
        row = create_model(
            "ChannelAnswer",
            __config__=ConfigDict(extra="forbid", str_strip_whitespace=True),
            channel=choice(asked.catalogs, CHANNELS, "公布渠道"),
            published_on=(str, Field("", title="公布日期", description="如 2026-11-23", max_length=10)),
            reference=(str, Field("", title="期号、版次或者网址", max_length=500)),
        )
        rows: Any = list[row]
        title = "公布渠道（逐个填写）"
        return {
            "document_number": words("发文字号", "如：婺政发〔2026〕12号"),
            "channels": (rows, Field(default_factory=list, title=title, max_length=MOST_CHANNELS)),
            "channels_reason": words("没有使用公报、政府网站或者报纸的原因"),
            "widely_concerned": (bool, Field(False, title="社会公众普遍关心", description="是的，须说明意见采纳情况")),
            "adoption": words("公众意见、专家论证意见采纳情况的说明", "在哪里说明：网址、期号"),
            "interpretation": words("解读", "新闻发布会、访谈、解读文章：日期和网址"),
        }

    def above(self, asked: Asked) -> list[str]:
        """What to have at hand, and what must be explained."""
        lines = [
            f"**公布**：公布的文本以 `submit --case {asked.case.number} --step {STEP}` 送来，"
            "系统与审核的文本比对；不一致的不能办结。",
            "",
        ]
        if facts := [asked.catalogs.facts[fact].label for fact in _must_explain(asked.catalogs, asked.case)]:
            lines += [f"本事项{'、'.join(facts)}：公布时须说明意见采纳情况，并作解读（{PUBLIC}）。", ""]
        return lines

    def check(self, asked: Asked, conclusion: str, told: Mapping[str, Any], now: datetime) -> None:
        """Raises SignOffError where the answer leaves out what publication asks for."""
        published = published_in(asked.catalogs, told)
        for channel in published:
            if channel.on > office_day(now):
                raise SignOffError(f"公布日期（{channel.on.isoformat()}）晚于今天，不能登记还没有发生的事。")
        if published:
            _check_day(asked, published)
        if binds(asked.catalogs, asked.case, PUBLIC, now) and not asked.case.is_secret:
            for fault in _faults(asked, told, published):
                raise SignOffError(fault)

    def record(self, asked: Asked, conclusion: str, told: Mapping[str, Any], actor: Actor, now: datetime) -> None:
        """The publication as an event; what the regulation names and was not used is a finding."""
        published = published_in(asked.catalogs, told)
        if not published:
            return
        used = {channel.channel for channel in published}
        record(
            asked.session, "decision.published", actor=actor, at=now, case=asked.case.number, step=STEP,
            round=asked.wait.round, documents=asked.given.accepts if asked.given else (),
            payload={
                "channels": [vars(channel) | {"on": channel.on.isoformat()} for channel in published],
                "document_number": said(told, "document_number"),
                "adoption": said(told, "adoption"),
                "interpretation": said(told, "interpretation"),
            },
        )  # fmt: skip
        unused = [c.id for c in asked.catalogs.follow_up.channels if c.named and c.id not in used]
        if unused and binds(asked.catalogs, asked.case, PUBLIC, now):
            names = "、".join(asked.catalogs.label(channel, section=CHANNELS) for channel in unused)
            reason = said(told, "channels_reason") or "没有说明原因"
            note(
                asked.session, asked.case, "publication.channel_not_used", step=STEP, rule=PUBLIC,
                reason=f"{names}：{reason}", actor=actor, now=now, round=asked.wait.round,
            )  # fmt: skip


class Publication(DocumentPublication):
    """The StepWork of publication of a decision: it tells all that MD-28 asks for."""

    enforces: Mapping[str, str] = {
        PUBLIC: "公布——渠道、日期、期号或者网址必填；公布文本须与审核、讨论的文本一致；"
        "普遍关心或者专业性强的，须填写意见采纳情况的说明和解读",
    }


def published_in(catalogs: Catalogs, told: Mapping[str, Any]) -> list[PublishedIn]:
    """The channels that an answer tells; SignOffError where one is told in part."""
    return list(_channels(catalogs, told))


def _channels(catalogs: Catalogs, told: Mapping[str, Any]) -> Iterator[PublishedIn]:
    for number, row in enumerate(told.get("channels") or (), 1):
        given = row.model_dump() if isinstance(row, BaseModel) else row
        if given.get("channel", UNTOLD) == UNTOLD:
            raise SignOffError(f"第 {number} 个公布渠道没有选出是哪一种（{PUBLIC}）。")
        channel = key_of(catalogs, CHANNELS, given["channel"])
        if not said(given, "reference"):
            raise SignOffError(f"{given['channel']}须填写{catalogs.follow_up.reference_of(channel)}（{PUBLIC}）。")
        if not said(given, "published_on"):
            raise SignOffError(f"{given['channel']}须填写公布日期（{PUBLIC}）。")
        yield PublishedIn(channel, day_in(said(given, "published_on"), "公布日期"), said(given, "reference"))


def _check_day(asked: Asked, published: list[PublishedIn]) -> None:
    """公布日 is the day of the first channel: periods count from it."""
    first, recorded = min(channel.on for channel in published), told_day(asked, "published_on")
    if recorded is None:
        raise SignOffError(f"请填写公布日：最早的公布渠道是 {first.isoformat()}。")
    if recorded != first:
        raise SignOffError(
            f"公布日（{recorded.isoformat()}）与最早的公布渠道（{first.isoformat()}）不一致，期限从公布日起算，请核对。"
        )


def _faults(asked: Asked, told: Mapping[str, Any], published: list[PublishedIn]) -> Iterable[str]:
    if not published:
        yield f"请逐个填写公布渠道、日期和期号或者网址（{PUBLIC}）。"
    yield from _without_text(asked)
    reasons = [asked.catalogs.facts[fact].label for fact in _must_explain(asked.catalogs, asked.case)]
    if told.get("widely_concerned"):
        reasons.append("社会公众普遍关心")
    if reasons and not said(told, "adoption"):
        yield f"{'、'.join(reasons)}的决策，公布时须说明公众意见、专家论证意见采纳情况（{PUBLIC}）：请填写在哪里说明。"
    if reasons and not said(told, "interpretation"):
        yield f"{'、'.join(reasons)}的决策，须作宣传解读（{PUBLIC}）：请填写解读的日期和网址。"


def _without_text(asked: Asked) -> Iterable[str]:
    """The text as published has come, and it is the newest that is accepted."""
    copies = [paper for paper in offered_papers(asked.session, asked.wait) if paper.role == TEXT]
    if not copies:
        yield (
            f"公布的文本尚未收到，无从核对与审核、讨论的文本是否一致（{PUBLIC}）："
            f"请以 submit --case {asked.case.number} --step {STEP} 送来。"
        )
    elif copies[0].sha256 not in (asked.given.accepts if asked.given else ()):
        yield f"请勾选认可公布的文本：{copies[0].name}（第{copies[0].version}版）。"


def _must_explain(catalogs: Catalogs, case: Case) -> list[str]:
    return [fact for fact in catalogs.follow_up.explained_where if case.facts.get(fact) is True]


def publication_of(session: Session, case: str) -> SignOff | None:
    """The latest answer that told a publication."""
    query = select(SignOff).where(SignOff.case == case, SignOff.step == STEP).order_by(col(SignOff.id).desc())
    return next((signed for signed in session.exec(query) if signed.answer.get("channels")), None)
