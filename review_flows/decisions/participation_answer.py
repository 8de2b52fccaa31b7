"""What the form of public participation asks, how its answer reads, and what was recorded before it.

In: the answer of the step, in labels. Out: `ParticipationAnswer` in keys. Relies on participation.yaml.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from sqlmodel import Session

from review_flows.cases.forms import MAX_TEXT
from review_flows.cases.work import Asked
from review_flows.decisions import hearings
from review_flows.decisions.comments import Figures, figures_of
from review_flows.decisions.participation import (
    Activity,
    ParticipationActivity,
    PublicNotice,
    activities_of,
    notices_of,
    shorter_reason,
)
from review_flows.errors import SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.law.participation import HEARING, PUBLIC_COMMENT

MAX_ACTIVITIES = 100


@dataclass(frozen=True)
class Recorded:
    """What there is of public participation in a case."""

    notices: tuple[PublicNotice, ...]
    activities: tuple[ParticipationActivity, ...]
    hearing: hearings.Hearing | None
    counted: Figures

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it was done here."""
        return not (self.notices or self.activities or self.hearing or self.counted.voices)

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms that were used, as recorded."""
        found = [PUBLIC_COMMENT] if self.notices else []
        found += [HEARING] if self.hearing else []
        return tuple(dict.fromkeys((*found, *(activity.form for activity in self.activities))))


def recorded(session: Session, case: str) -> Recorded:
    """What was recorded of public participation in a case."""
    return Recorded(
        tuple(notices_of(session, case)),
        tuple(activities_of(session, case)),
        hearings.current(session, case),
        figures_of(session, case),
    )


@dataclass(frozen=True)
class ParticipationAnswer:
    """What the answer tells, in keys."""

    forms: tuple[str, ...] = ()
    channel: str = ""
    reason: str = ""
    reason_in_notice: bool = False
    activities: tuple[Activity, ...] = ()
    groups_consulted: str = ""

    @property
    def is_told(self) -> bool:
        """Whether the form's own fields were used at all."""
        return bool(self.forms or self.activities or self.channel or self.reason or self.groups_consulted)


def form_fields(asked: Asked) -> dict[str, Any]:
    """The fields of the form, filled with what was recorded before."""
    there = recorded(asked.session, asked.case.number)
    forms = asked.catalogs.participation.forms
    latest = there.notices[-1] if there.notices else None
    groups = asked.catalogs.participation
    unverified = "，待核" if groups.groups_unverified else ""
    return {
        "forms": (
            list[_choice(asked.catalogs, list(forms))],  # type: ignore[misc]
            Field(
                default=[forms[form].label for form in there.forms],
                title="听取意见的方式",
                description="勾选采用的方式；座谈会等其他方式须在下面或者事先逐项登记",
            ),
        ),
        "channel": (
            str, Field(latest.channel if latest else "", title="公开征求意见的渠道", max_length=500),
        ),
        "shorter_period_reason": (
            str,
            Field(
                shorter_reason(there.notices), title="缩短征求意见期限的理由",
                description="期限短于法定最短期限的必填，须与公告一致", max_length=MAX_TEXT,
            ),
        ),
        "reason_in_notice": (
            bool, Field(bool(shorter_reason(there.notices)), title="公告中已说明缩短期限的理由"),
        ),
        "activities": (
            list[_activity_model(asked.catalogs)],  # type: ignore[misc]
            Field(default_factory=list, title="其他方式听取意见情况", max_length=MAX_ACTIVITIES),
        ),
        "groups_consulted": (
            str,
            Field(
                "", title="与特定群体沟通协商的情况", max_length=MAX_TEXT,
                description=f"{groups.groups}（{groups.groups_citation}{unverified}）",
            ),
        ),
    }  # fmt: skip


def _choice(catalogs: Catalogs, forms: Sequence[str]) -> Any:
    """One of these forms by its label; what the labels are is known only when it is asked."""
    return Literal[tuple(catalogs.participation.forms[form].label for form in forms)]


def _activity_model(catalogs: Catalogs) -> type[BaseModel]:
    others = [form for form in catalogs.participation.forms if form not in (PUBLIC_COMMENT, HEARING)]
    fields: dict[str, Any] = {
        "form": (_choice(catalogs, others), Field(title="方式")),
        "started_on": (str, Field(title="日期", description="如 2026-11-23", max_length=10)),
        "ended_on": (str, Field("", title="结束日期", description="当日结束的不填", max_length=10)),
        "place": (str, Field("", title="地点", max_length=200)),
        "who": (str, Field(title="听取了谁的意见", min_length=1, max_length=1000)),
        "people": (int, Field(title="人数（份数）", ge=1)),
        "result": (str, Field(title="主要意见和处理", min_length=1, max_length=MAX_TEXT)),
    }
    return create_model("ActivityAnswer", __config__=ConfigDict(extra="forbid"), **fields)


def read_answer(catalogs: Catalogs, told: Mapping[str, Any]) -> ParticipationAnswer:
    """What was told, labels turned back into keys; SignOffError for a day that is none."""
    keys = catalogs.participation.by_label()
    return ParticipationAnswer(
        forms=tuple(keys[label] for label in told.get("forms") or () if label in keys),
        channel=str(told.get("channel") or "").strip(),
        reason=str(told.get("shorter_period_reason") or "").strip(),
        reason_in_notice=bool(told.get("reason_in_notice")),
        activities=tuple(_activity(keys, given) for given in told.get("activities") or ()),
        groups_consulted=str(told.get("groups_consulted") or "").strip(),
    )


def _activity(keys: Mapping[str, str], given: Mapping[str, Any]) -> Activity:
    started_on = _day(given["started_on"])
    return Activity(
        form=keys[given["form"]],
        started_on=started_on,
        ended_on=_day(given["ended_on"]) if given.get("ended_on") else started_on,
        who=given["who"],
        people=given["people"],
        result=given["result"],
        place=given.get("place", ""),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SignOffError(f"“其他方式听取意见情况”里的日期不对：{text}，应写成 2026-11-23 的样子。") from error
