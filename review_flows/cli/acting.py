"""An act of a person at the command line: proved by a one-time code first, then done in one transaction.

`--as` and `--code` are the options; whoever has a command that changes the record takes them from here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from review_flows.cli.home import opened

if TYPE_CHECKING:
    from sqlmodel import Session

    from review_flows.law.catalogs import Catalogs
    from review_flows.people.person import Person
    from review_flows.records.home import Home

As = Annotated[str, typer.Option("--as", help="本人的人员编号", show_default=False)]
Code = Annotated[str, typer.Option(help="动态口令", show_default=False)]


@dataclass(frozen=True)
class Act:
    """Everything an act needs: the home, the law data, a session that writes, who acts, and when."""

    home: "Home"
    catalogs: "Catalogs"
    session: "Session"
    person: "Person"
    now: datetime


@contextmanager
def acting(person: str, code: str) -> Iterator[Act]:
    """The act of a person whose code holds; SignOffError where it does not.

    The code is judged in a transaction of its own, so that the count of wrong codes stays whatever happens then.
    """
    from review_flows.people.person import find
    from review_flows.records.database import writing

    with opened() as (home, catalogs):
        now = home.now()
        _prove(home, person, code, now)
        with writing(home.engine) as session:
            yield Act(home, catalogs, session, find(session, person), now)


def _prove(home: "Home", person: str, code: str, now: datetime) -> None:
    from review_flows.errors import SignOffError
    from review_flows.people import codes
    from review_flows.people.person import find
    from review_flows.records.database import writing

    with writing(home.engine) as session:
        if not find(session, person).active:
            raise SignOffError(f"没有在岗人员“{person}”，请填写本人的人员编号。")
        verdict = codes.check_and_burn(session, home.keys, person, code, resumed_at=now, now=now, is_demo=home.is_demo)
    if not verdict.accepted:
        raise SignOffError(verdict.reason or "动态口令不对。")
