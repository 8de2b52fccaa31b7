"""What the reviewer of a fair-competition review told, in keys, and the fields of the form that asks for it.

In: the answer in labels, as the form shows them. Out: `CompetitionAnswer`. Relies on
catalogs/screening/fair_competition.yaml (standards, grounds of exception) and on terms.yaml (competition_answers,
competition_scopes, consulted_kinds).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model

from review_flows.cases.forms import MAX_TEXT
from review_flows.law.catalogs import Catalogs
from review_flows.law.competition import Standard

ANSWERS, SCOPES, CONSULTED = "competition_answers", "competition_scopes", "consulted_kinds"
UNTOLD = "未填"  # what a choice shows until somebody chooses
_YES_NO = TypeAdapter(bool)
TOUCHED = ("compliant", "based", "excepted", "violates")

# name → (title, hint) of the plain texts
TEXTS: dict[str, tuple[str, str]] = {
    "scope_reason": ("是否属于审查范围的理由", "不属于的必填"),
    "first_review": ("起草单位初审意见", "县级以上政府出台的：初审结论、日期和文号"),
    "consulted": ("听取意见情况", "听取了哪些经营者、行业协会商会的意见，意见是什么"),
    "public_heard": ("听取社会公众意见情况", "涉及社会公众利益的必填"),
    "affected_market": ("涉及的行业和市场", ""),
    "explanation": ("涉及条款及说明", "涉及的各项：是哪一条，为什么不违反"),
    "legal_basis": ("法律、行政法规依据或者国务院批准文件", "答复为“有依据”的必填"),
    "exception_reason": ("适用例外规定的详细说明", "必要性、对实现政策目的不可缺少"),
    "no_alternative": ("没有对公平竞争影响更小的替代方案的说明", ""),
    "end_date": ("例外措施的实施期限", "如 2028-12-31；不能确定日期的填终止条件"),
    "end_condition": ("例外措施的终止条件", ""),
    "changes": ("修改情况及不属于重大修改的理由", "确认前次结论的必填"),
}


@dataclass(frozen=True)
class Consulted:
    """Somebody who was heard: `kind` operator | association | interested | public."""

    name: str
    kind: str
    view: str
    handling: str = ""


@dataclass(frozen=True)
class CompetitionAnswer:
    """What the reviewer told, in keys. `items`: standard → answer, only those answered."""

    scope: str = ""
    items: Mapping[str, str] = field(default_factory=dict)
    exception: str = ""  # the ground's id
    words: Mapping[str, str] = field(default_factory=dict)  # the plain texts, by field
    parties: tuple[Consulted, ...] = ()
    public_interest: bool = False
    confirms: bool = False

    @property
    def is_told(self) -> bool:
        """Whether the form was used at all."""
        return self.confirms or bool(self.scope or self.items or self.exception)

    def say(self, name: str) -> str:
        """One of the plain texts; empty where it was left out."""
        return self.words.get(name, "").strip()

    def with_answer(self, answer: str) -> tuple[str, ...]:
        """The standards answered so."""
        return tuple(item for item, given in self.items.items() if given == answer)

    @property
    def touched(self) -> tuple[str, ...]:
        """The standards that the draft touches at all."""
        return tuple(item for item, given in self.items.items() if given in TOUCHED)

    @property
    def has_heard_anybody(self) -> bool:
        """Whether operators or others concerned were heard (the public alone is not enough)."""
        return bool(self.say("consulted")) or any(party.kind != "public" for party in self.parties)

    @property
    def has_heard_the_public(self) -> bool:
        """Whether the public was heard."""
        return bool(self.say("public_heard")) or any(party.kind == "public" for party in self.parties)


def field_of(item: Standard) -> str:
    """The name of a standard's field: item_8_1."""
    return f"item_{item.id.replace('-', '_')}"


def form_fields(catalogs: Catalogs) -> dict[str, Any]:
    """Scope, the 19 standards, exception, who was heard, and the texts that go with them."""
    grounds = tuple(ground.label for ground in catalogs.competition.exceptions)
    standards = _standards_model(catalogs)
    texts: dict[str, Any] = {
        name: (str, Field("", title=title, description=hint, max_length=MAX_TEXT))
        for name, (title, hint) in TEXTS.items()
        if name != "changes"
    }
    return {
        "scope": choice(labels(catalogs, SCOPES), "审查范围"),
        "standards": (standards, Field(default_factory=standards, title="审查标准（逐项）")),
        "others_not_concerned": (
            bool,
            Field(False, title="其余各项均不涉及", description="未逐项选择的，已经逐项对照，均不涉及"),
        ),
        "exception": choice(grounds, "适用例外规定的情形"),
        "parties": (
            list[_party_model(catalogs)],  # type: ignore[misc]  # the kinds of party are data
            Field(default_factory=list, title="听取意见的对象（逐个）"),
        ),
        "public_interest": (bool, Field(False, title="涉及社会公众利益", description="勾选的须写明听取公众意见的情况")),
    } | texts


def confirming_fields() -> dict[str, Any]:
    """What is asked besides where an earlier round was approved and the draft has changed since."""
    hint = "修改不涉及经营者经济活动，或者不是重大修改的，勾选后不必重填"
    title, explained = TEXTS["changes"]
    return {
        "confirms": (bool, Field(False, title="确认前次审查结论继续适用", description=hint)),
        "changes": (str, Field("", title=title, description=explained, max_length=MAX_TEXT)),
    }


def _standards_model(catalogs: Catalogs) -> type[BaseModel]:
    answers = labels(catalogs, ANSWERS)
    fields: dict[str, Any] = {field_of(item): choice(answers, item.label) for item in catalogs.competition.items}
    return create_model("CompetitionStandards", __config__=ConfigDict(extra="forbid"), **fields)


def _party_model(catalogs: Catalogs) -> type[BaseModel]:
    kinds: Any = Literal[labels(catalogs, CONSULTED)]
    return create_model(
        "ConsultedParty",
        __config__=ConfigDict(extra="forbid", str_strip_whitespace=True),
        name=(str, Field(title="名称", min_length=1, max_length=200)),
        kind=(kinds, Field(title="类别")),
        view=(str, Field(title="意见", min_length=1, max_length=MAX_TEXT)),
        handling=(str, Field("", title="采纳情况", max_length=MAX_TEXT)),
    )


def choice(options: tuple[str, ...], title: str) -> Any:
    """A field with one of these labels, or untold; what the labels are is known only when it is asked."""
    return (Literal[(UNTOLD, *options)], Field(UNTOLD, title=title))


def labels(catalogs: Catalogs, section: str) -> tuple[str, ...]:
    """The labels of a section of terms.yaml, in order."""
    return tuple(term.label for term in catalogs.terms[section].values())


def keys(catalogs: Catalogs, section: str) -> dict[str, str]:
    """label → key of a section of terms.yaml."""
    return {term.label: key for key, term in catalogs.terms[section].items()}


def read_answer(catalogs: Catalogs, told: Mapping[str, Any]) -> CompetitionAnswer:
    """What was told, labels turned back into keys; an unknown label counts as untold."""
    answers, scopes, kinds = (keys(catalogs, section) for section in (ANSWERS, SCOPES, CONSULTED))
    grounds = {ground.label: ground.id for ground in catalogs.competition.exceptions}
    chosen = told.get("standards") or {}
    items = {item.id: answers.get(chosen.get(field_of(item), ""), "") for item in catalogs.competition.items}
    if _holds(told, "others_not_concerned"):
        items = {item: given or "not_concerned" for item, given in items.items()}
    return CompetitionAnswer(
        scope=scopes.get(told.get("scope", ""), ""),
        items={item: given for item, given in items.items() if given},
        exception=grounds.get(told.get("exception", ""), ""),
        words={name: str(told.get(name) or "") for name in TEXTS},
        parties=tuple(
            Consulted(party["name"], kinds.get(party["kind"], ""), party["view"], party.get("handling", ""))
            for party in told.get("parties") or ()
        ),
        public_interest=_holds(told, "public_interest"),
        confirms=_holds(told, "confirms"),
    )


def _holds(told: Mapping[str, Any], name: str) -> bool:
    """A yes or no as the form reads it, also where it is kept in words: "false" is no."""
    return _YES_NO.validate_python(told.get(name) or False)
