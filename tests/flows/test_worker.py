"""The warm worker: what it does around the drives."""

import asyncio
from datetime import timedelta

import pytest

from review_flows.flows import advance, place, reconcile, worker


class _NoFollower:
    def __init__(self, _place: object) -> None: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


def test_what_had_just_begun_when_the_worker_started_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []

    async def until_told() -> None:
        async with asyncio.timeout(5):
            while len(looks) < 2:
                await asyncio.sleep(0.01)

    monkeypatch.setattr(advance, "Follower", _NoFollower)
    monkeypatch.setattr(place, "here", lambda: None)
    monkeypatch.setattr(reconcile, "set_right", lambda: looks.append("set right"))
    monkeypatch.setattr(reconcile, "TAKING_OVER", timedelta(seconds=-0.9))
    monkeypatch.setattr(worker, "_work_until_told", until_told)
    worker.work()
    assert looks == ["set right", "set right"]
