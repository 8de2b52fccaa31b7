"""Whether a person may act: known, in office, in the role, of the unit, or substituting for one who is; and untied.

`standing()` is asked for every answer, at the moment it is read, and gives the Actor that the trail will name.
"""

from datetime import date

from sqlmodel import Session

from review_flows.errors import SignOffError
from review_flows.people.conflicts import InterestKind, interests
from review_flows.people.delegation import principals_of
from review_flows.people.person import Person, Role
from review_flows.records.audit import Actor


def standing(session: Session, person: str, *, role: str, unit: str, on: date, untied_to: str | None = None) -> Actor:
    """The actor that the person is in this role for this unit on this day; raises SignOffError with the reason why not.

    `untied_to` is the case in which they must have no interest (reviews; not the acts of the drafting unit itself).
    """
    found = session.get(Person, person)
    if found is None or not found.active:
        raise SignOffError(f"没有在岗人员“{person}”，此次签批不作数。")
    actor = _in_office(session, found, role, unit, on)
    if untied_to is not None:
        _refuse_tied(session, actor, untied_to)
    return actor


def _in_office(session: Session, person: Person, role: str, unit: str, on: date) -> Actor:
    if role in person.roles and person.acts_for(unit):
        return Actor(person.id, role, unit)
    for principal in principals_of(session, person.id, role=role, on=on):
        if principal.acts_for(unit):
            return Actor(person.id, role, unit, on_behalf_of=principal.id)
    label = Role(role).label if role in set(Role) else role
    if role in person.roles:
        raise SignOffError(
            f"{person.name}（{person.unit}）不是本环节承办单位 {unit} 的人员，也没有受托代理，此次签批不作数。"
        )
    raise SignOffError(f"{person.name} 没有“{label}”的角色，也没有受托代理，此次签批不作数。")


def _refuse_tied(session: Session, actor: Actor, case: str) -> None:
    """A substitute is bound by their own ties and by those of the person they act for."""
    for person in filter(None, (actor.person, actor.on_behalf_of)):
        for tie in interests(session, person=person, case=case):
            raise SignOffError(
                f"{person} 与 {case} 有利害关系（{InterestKind(tie.kind).label}），应当回避，"
                "此次签批不作数；请换人办理。"
            )
