"""The checks of a legality review, answered one by one on its form (MD-20, ND-15.1 to ND-15.7, CT-01, ME-05).

An item of the opinion names the check that it falls under; for the others the reviewer may say 未发现问题 or 不涉及.
Which checks there are is catalogs/checks.yaml. `answers_of` puts both together for the opinion: a check about which
nothing was said is shown as such, unless every item names its check.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field, create_model

from review_flows.cases.case import OpinionItem, SignOff
from review_flows.cases.opinion import CheckAnswer, Finding
from review_flows.cases.work import Asked
from review_flows.errors import SignOffError
from review_flows.law.catalogs import Catalogs
from review_flows.records.audit import Actor, record

FIELD = "checks"
_SOUND, _NOT_APPLICABLE = "未发现问题", "不涉及"
_FINDINGS: Mapping[str, Finding] = {
    _SOUND: "sound",
    _NOT_APPLICABLE: "not_applicable",
    "sound": "sound",
    "not_applicable": "not_applicable",
}


class ReviewChecks:
    """What a legality review adds to its form: an answer to each check."""

    def fields(self, asked: Asked) -> dict[str, Any]:
        """One list; a check that is left out is not said to be sound."""
        checks = asked.catalogs.checks.get(asked.case.kind, ())
        titles = tuple(check.title for check in checks)
        if not titles:
            return {}
        named: Any = Literal[(*titles, *(check.id for check in checks))]
        findings: Any = Literal[tuple(_FINDINGS)]
        model: Any = create_model(
            "CheckAnswer",
            __config__=ConfigDict(extra="forbid", str_strip_whitespace=True),
            check=(named, Field(title="审核内容")),
            finding=(findings, Field(_SOUND, title="结论")),
            reason=(str, Field("", title="说明", max_length=2000)),
        )
        about = "逐项填写未发现问题或者不涉及；有意见的，在意见条目里选定所属内容，这里不必再填"
        return {FIELD: (list[model], Field(default_factory=list, title="逐项审核结论", description=about))}

    def above(self, asked: Asked) -> list[str]:
        """What has to be checked, in the words of the law data."""
        checks = asked.catalogs.checks.get(asked.case.kind, ())
        return ["", "**逐项审核内容**", "", *(f"- {check.title}：{check.text}（{check.rule}）" for check in checks), ""]

    def check(self, asked: Asked, conclusion: str, told: Mapping[str, Any], now: datetime) -> None:
        """Refuses a check answered twice, or said to be sound beside an item that falls under it."""
        answered = _told(asked.catalogs, asked.case.kind, told)
        titles = {check.id: check.title for check in asked.catalogs.checks.get(asked.case.kind, ())}
        named = [answer.check for answer in answered]
        concerned = {item.concerns for item in asked.given.items} if asked.given else set()
        for identity in named:
            if named.count(identity) > 1:
                raise SignOffError(f"“{titles[identity]}”填写了两次，请只保留一条。")
            if identity in concerned:
                raise SignOffError(f"“{titles[identity]}”已有意见条目，不能同时填为没有问题或者不涉及。")

    def record(self, asked: Asked, conclusion: str, told: Mapping[str, Any], actor: Actor, now: datetime) -> None:
        """An event with what was answered; the answer itself is kept with the sign-off."""
        answered = _told(asked.catalogs, asked.case.kind, told)
        if answered:
            record(
                asked.session, "checks.answered", actor=actor, at=now, case=asked.case.number, step=asked.wait.step,
                round=asked.wait.round, payload={answer.check: answer.finding for answer in answered},
            )  # fmt: skip


def answers_of(
    catalogs: Catalogs, kind: str, items: Sequence[OpinionItem], signed: Iterable[SignOff]
) -> tuple[CheckAnswer, ...]:
    """What the opinion says to each check: its items, or what the reviewers said; empty where nobody said anything."""
    said = {answer.check: answer for sign_off in signed for answer in _told(catalogs, kind, sign_off.answer)}
    under: dict[str, list[int]] = {}
    for item in items:
        under.setdefault(item.concerns, []).append(item.ordinal)
    named = under.keys() - {""}
    if not said and not named:
        return ()
    otherwise: Finding = "unanswered" if "" in under else "no_items"
    return tuple(
        CheckAnswer(check.id, "items", items=tuple(under[check.id]))
        if check.id in named
        else said.get(check.id, CheckAnswer(check.id, otherwise))
        for check in catalogs.checks.get(kind, ())
    )


def _told(catalogs: Catalogs, kind: str, told: Mapping[str, Any]) -> list[CheckAnswer]:
    ids = {name: check.id for check in catalogs.checks.get(kind, ()) for name in (check.id, check.title)}
    rows: Collection[Mapping[str, Any]] = told.get(FIELD) or ()
    return [
        CheckAnswer(ids[row["check"]], _FINDINGS[row.get("finding") or _SOUND], row.get("reason") or "")
        for row in rows
        if row["check"] in ids
    ]
