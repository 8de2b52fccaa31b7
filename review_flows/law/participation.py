"""The forms of public participation (公众参与的方式) as the law lists them, and with whom groups are talked to.

Relies on catalogs/participation.yaml, whose head explains every key.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from review_flows.law.strict import Section

PUBLIC_COMMENT, HEARING = "public_comment", "hearing"  # the two that have rules of their own
CONFIDENCES = ("text", "excerpt", "memory", "local")


@dataclass(frozen=True)
class ParticipationForm:
    """One way of hearing the public; `counted`: what those who took part are counted in."""

    id: str
    label: str
    counted: str
    citation: str
    confidence: str

    @property
    def is_unverified(self) -> bool:
        """Whether it is shown 待核."""
        return self.confidence != "text"


@dataclass(frozen=True)
class Participation:
    """All forms in their order, and the sentence on particular groups with its citation."""

    forms: Mapping[str, ParticipationForm]
    groups: str
    groups_citation: str
    groups_unverified: bool

    def by_label(self) -> Mapping[str, str]:
        """Label → id."""
        return {form.label: form.id for form in self.forms.values()}


def read_participation(root: Section) -> Participation:
    """The forms of participation.yaml; the two that rules speak of must be among them."""
    section = root.need("forms", Section.section, Section.empty())
    forms = {name: _read_form(name, row) for name, row in section.sections()}
    for name in (PUBLIC_COMMENT, HEARING):
        if name not in forms:
            section.fault(name, "缺少这一种方式")
    groups = root.need("groups", Section.section, Section.empty())
    text, citation = (groups.need(key, Section.text, "") for key in ("text", "citation"))
    found = Participation(forms, text, citation, _confidence(groups) != "text")
    groups.close()
    return found


def _read_form(name: str, row: Section) -> ParticipationForm:
    label, counted, citation = (row.need(key, Section.text, "") for key in ("label", "counted", "citation"))
    form = ParticipationForm(name, label, counted, citation, _confidence(row))
    row.close()
    return form


def _confidence(row: Section) -> str:
    return row.need("confidence", lambda s, k: s.word(k, CONFIDENCES, "核对程度"), "")
