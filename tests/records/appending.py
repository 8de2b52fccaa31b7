"""A process that appends entries to a database, for tests of several writers: `appending.py URL WRITER HOW_MANY`."""

import sys
from datetime import datetime

from review_flows.records import audit
from review_flows.records.audit import Actor
from review_flows.records.database import CHINA, connect, writing


def main(url: str, writer: str, how_many: str) -> None:
    engine = connect(url)
    for number in range(int(how_many)):
        at = datetime.now(CHINA)  # before the wait for the lock, as every caller does
        with writing(engine) as session:
            audit.record(session, "case.noted", actor=Actor(writer), at=at, payload={"number": number})
    engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
