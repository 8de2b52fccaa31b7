"""docs/rules.md: what the program makes of every rule, or why one is only recorded. Generated, checked by a test."""

from collections.abc import Iterator, Mapping
from itertools import groupby

from review_flows.law.catalogs import Catalogs
from review_flows.law.rules import ASKING_KINDS, EXCLUDING_KIND, Rule

Enforced = Mapping[str, tuple[str, ...]]  # rule id → what lines of business make of it, in words
NOTHING_ENFORCED: Enforced = {}
HEAD = """# 规则怎样落实

由 `catalogs/rules/`、`catalogs/chains.yaml` 和各业务的声明生成（`make golden`），不手工修改；共 {count} 条。
“待核”表示未读到条文原文，或者施行日期不详；外地规定只作例子，不约束本区。

- **环节**：规则点名的环节应当办理，依据写进每件事项的 `because`。
- **材料**、**成果**：送审包里应有的材料，环节自己形成、其后环节需要的材料。
- **期限**：自动计算；“不少于”保护审核者，少于须有理由；“不超过”约束审核者；提醒从不算超期。
- **门槛**：未满足则后面的环节不能开始。**办理**：决定由谁办理。**不适用**：符合情形的不登记。
- **核对**：环节的表单或者动作逐项核对，不符合的答复不收，并说明依据哪一条。
- **显示**：在表单和依据中提示，由人判断。**记录**：没有可由程序判断的内容，说明理由。
"""


def rules_page(catalogs: Catalogs, enforced: Enforced = NOTHING_ENFORCED) -> str:
    """The page: one table per file of rules."""
    parts = [HEAD.format(count=len(catalogs.rules))]
    by_file = sorted(catalogs.rules.values(), key=lambda rule: rule.file)
    for file, rules in groupby(by_file, key=lambda rule: rule.file):
        parts.append(f"\n## {file}\n\n| 规则 | 要求 | 依据 | 施行 | 怎样落实 |\n|---|---|---|---|---|\n")
        parts += [_row(catalogs, rule, enforced) for rule in rules]
    return "".join(parts)


def _row(catalogs: Catalogs, rule: Rule, enforced: Enforced) -> str:
    version = rule.versions[-1]
    since = version.since.isoformat() if version.since else "不详"
    mark = "（待核）" if rule.is_unverified else ""
    cells = (
        rule.id,
        catalogs.text_of(rule, version),
        version.citation + mark,
        since,
        "；".join(uses(catalogs, rule, enforced)),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def uses(catalogs: Catalogs, rule: Rule, enforced: Enforced = NOTHING_ENFORCED) -> Iterator[str]:
    """What follows from a rule by machine; why nothing does, where nothing does."""
    checked = [f"核对：{words}" for words in enforced.get(rule.id, ())]
    found = [*_from_rule(catalogs, rule), *_from_chains(catalogs, rule), *checked]
    yield from found
    if rule.recorded:
        yield f"记录：{rule.recorded}"
    elif not found and rule.steps:
        yield f"显示：{_steps(catalogs, rule, rule.steps)}"


def _from_rule(catalogs: Catalogs, rule: Rule) -> Iterator[str]:
    version = rule.versions[-1]
    period = rule.period(version)
    if version.kind == EXCLUDING_KIND:
        yield "不适用"
    if version.kind in ASKING_KINDS and rule.steps:
        yield f"环节：{_steps(catalogs, rule, rule.steps)}"
    if rule.materials:
        yield f"材料：{_roles(catalogs, rule.materials)}"
    if rule.results:
        yield f"成果：{_roles(catalogs, rule.results)}"
    if period:
        where = _steps(catalogs, rule, rule.steps) if rule.steps else "单独计算（`due`）"
        yield f"期限：{catalogs.label(rule.bounds) if rule.bounds else where}"


def _from_chains(catalogs: Catalogs, rule: Rule) -> Iterator[str]:
    gated = [
        step.id
        for chain in catalogs.chains.values()
        for step in chain.steps.values()
        for gate in step.gates
        if rule.id in gate.rules or (gate.exception and gate.exception.rule == rule.id)
    ]
    answered = [
        step.id
        for chain in catalogs.chains.values()
        for step in chain.steps.values()
        if any(answerer.rule == rule.id for answerer in step.by)
    ]
    if gated:
        yield f"门槛：{_steps(catalogs, rule, tuple(dict.fromkeys(gated)))}之前"
    if answered:
        yield f"办理：{_steps(catalogs, rule, tuple(dict.fromkeys(answered)))}"


def _steps(catalogs: Catalogs, rule: Rule, steps: tuple[str, ...]) -> str:
    """The steps by name; in a rule of several kinds by their common name."""
    kind = rule.kinds[0] if len(rule.kinds) == 1 else None
    return "、".join(catalogs.label(step, kind, section="steps") for step in steps)


def _roles(catalogs: Catalogs, roles: tuple[str, ...]) -> str:
    return "、".join(catalogs.label(role, section="roles") for role in roles)
