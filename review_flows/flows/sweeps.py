"""What runs by the calendar (prefect.yaml has the times). Nothing here decides or lets anything pass by silence."""

from datetime import timedelta

from prefect import flow

from review_flows.cases.case import Wait
from review_flows.cases.standing import open_waits
from review_flows.flows.advance import advance_all
from review_flows.flows.human_step import lose
from review_flows.flows.links import LONGEST_VALIDITY
from review_flows.flows.place import Place, here
from review_flows.flows.reconcile import close_the_strays
from review_flows.records.audit import entries
from review_flows.records.database import reading
from review_flows.records.sealing import seal

# A form is asked anew while its links still hold, so that nobody meets a dead one.
_RENEW_AFTER = LONGEST_VALIDITY - timedelta(days=3)


@flow(name="daily", retries=0, persist_result=False)
def daily() -> str:
    """Renew forms whose links are about to end, move on what is due, seal the trail."""
    place = here()
    renewed = renew_old_forms(place)
    with place.prefect() as prefect:
        close_the_strays(place, prefect)
        advance_all(place, prefect)
    seal(place.home)
    return f"换新 {renewed} 项待办的材料链接，已生成审计检查点"


def renew_old_forms(place: Place) -> int:
    """Ask anew what has waited so long that the links in its form are about to end; returns how many."""
    with reading(place.home.engine) as session:
        waits = open_waits(session)
    return sum(lose(place, wait, "材料链接将到期，换发新的表单", moved=False) for wait in waits if _is_old(place, wait))


def _is_old(place: Place, wait: Wait) -> bool:
    with reading(place.home.engine) as session:
        shown = entries(session, subject=("wait", str(wait.id)), event="form.asked", order="newest", limit=1)
    return bool(shown) and place.home.now() - shown[0].at > _RENEW_AFTER
