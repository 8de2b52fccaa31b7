"""The register of makers (制定主体清单): who may issue, at which level, and who reviews whose drafts.

Relies on catalogs/organs.yaml.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from review_flows.errors import NotFound
from review_flows.law.strict import NO_TEXTS, Section, near

DUTIES = ("government", "office", "justice", "market_regulator")


@dataclass(frozen=True)
class Organ:
    """One maker. `reviewer` is the id of the organ that reviews its drafts where it has no legal unit of its own."""

    id: str
    name: str
    level: str
    reviewer: str
    short_names: tuple[str, ...] = ()
    has_legal_unit: bool = False
    legal_unit: str | None = None
    document_code: str | None = None  # 机关代字
    registry_code: str | None = None  # 统一编号中的机关代码
    documented: bool = False  # false: an example, to be confirmed (待核)


@dataclass(frozen=True)
class Organs:
    """The register: organs by id, who bears which duty, whom each level files to."""

    by_id: Mapping[str, Organ]
    duties: Mapping[str, str]
    filing: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str] = field(default_factory=dict)  # every name and short name → id

    def find(self, name: str) -> Organ | None:
        """The organ with this id, name or short name; null where there is none."""
        return self.by_id.get(name) or self.by_id.get(self.names.get(name, ""))

    def get(self, name: str) -> Organ:
        """The organ with this id, name or short name; NotFound with the near names."""
        if found := self.find(name):
            return found
        raise NotFound("制定主体", f"{name}{near(name, self.names)}")

    def bearer(self, duty: str) -> Organ:
        """The organ that bears a duty for the whole district."""
        return self.by_id[self.duties[duty]]

    def reviewer_of(self, organ: Organ) -> Organ:
        """Who reviews an organ's drafts: itself where it has a legal unit, else the reviewer of the register."""
        return organ if organ.has_legal_unit else self.by_id[organ.reviewer]


def read_organs(root: Section, levels: Collection[str]) -> Organs:
    """The register of organs.yaml."""
    section = root.need("organs", Section.section, Section.empty())
    by_id = {name: _read_organ(name, entry, section.raw, levels) for name, entry in section.sections()}
    names: dict[str, str] = {}
    for organ in by_id.values():
        for name in (organ.name, *organ.short_names):
            if names.setdefault(name, organ.id) != organ.id or name in by_id:
                section.fault(organ.id, f"名称 {name} 与 {names[name]} 重复")
    duties = root.need("duties", Section.section, Section.empty())
    found = {duty: duties.need(duty, lambda s, k: s.word(k, by_id, "制定主体"), "") for duty in DUTIES}
    filing = root.need("filing", Section.section, Section.empty())
    targets = {level: filing.need(level, Section.texts, NO_TEXTS) for level in levels}
    for part in (duties, filing, root):
        part.close()
    return Organs(by_id, found, targets, names)


def _read_organ(name: str, section: Section, organs: Collection[str], levels: Collection[str]) -> Organ:
    organ = Organ(
        id=name,
        name=section.need("name", Section.text, ""),
        level=section.need("level", lambda s, k: s.word(k, levels, "层级"), ""),
        reviewer=section.need("reviewer", lambda s, k: s.word(k, organs, "制定主体"), ""),
        short_names=section.maybe("short_names", Section.texts, NO_TEXTS),
        has_legal_unit=section.need("has_legal_unit", Section.flag, False),
        legal_unit=section.maybe("legal_unit", Section.text, None),
        document_code=section.maybe("document_code", Section.text, None),
        registry_code=section.maybe("registry_code", Section.text, None),
        documented=section.need("documented", Section.flag, False),
    )
    section.close()
    return organ
