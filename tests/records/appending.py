"""A process whose threads append entries, for tests of many writers: `appending.py URL HOW_MANY WRITER...`."""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sqlalchemy import Engine

from review_flows.records import audit
from review_flows.records.audit import Actor
from review_flows.records.database import CHINA, connect, writing


def main(url: str, how_many: str, *writers: str) -> None:
    engine = connect(url)
    with ThreadPoolExecutor(len(writers)) as threads:
        running = [threads.submit(append, engine, writer, int(how_many)) for writer in writers]
    for writer in running:
        writer.result()
    engine.dispose()


def append(engine: Engine, writer: str, how_many: int) -> None:
    for number in range(how_many):
        at = datetime.now(CHINA)  # before the wait for the lock, as every caller does
        with writing(engine) as session:
            audit.record(session, "case.noted", actor=Actor(writer), at=at, payload={"number": number})


if __name__ == "__main__":
    main(*sys.argv[1:])
