"""What somebody with full power over the database and the home can do to a trail, for the tests of attacks."""

import base64
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from review_flows.records import audit
from review_flows.records.audit import Actor, Verification
from review_flows.records.canonical import canonical
from review_flows.records.checkpoints import Checkpoint, in_folder, signed
from review_flows.records.database import reading, writing
from review_flows.records.documents import keep
from review_flows.records.home import Home
from review_flows.records.keys import Keys
from review_flows.records.sealing import seal
from review_flows.records.trail import NO_LEAF, leaf_of, payload_hash, searchable
from review_flows.records.tree import Frontier

_TABLES = ("audit_entries", "audit_payloads")


@dataclass
class Trail:
    """A home with two cases in its trail, three checkpoints and a document, and the means to do harm to it."""

    home: Home
    copies: list[Checkpoint]  # of the checkpoints, kept elsewhere
    known_key: str  # noted down elsewhere
    document: str

    def verified(self, *, with_witness: bool = False) -> Verification:
        """What the verifier says, from the home alone or with what is kept elsewhere."""
        with reading(self.home.engine) as session:
            return audit.verify(
                session,
                self.home.store,
                checkpoints=in_folder(self.home.checkpoints),
                outside=self.copies if with_witness else (),
                public_key=self.known_key,
            )

    @contextmanager
    def unguarded(self) -> Iterator[Connection]:
        """A transaction with all guards taken off, and put back as they were."""
        with self.guards_off(), writing(self.home.engine) as session:
            yield session.connection()

    def body(self, seq: int) -> dict[str, Any]:
        with self.home.engine.connect() as connection:
            found = connection.execute(
                text("SELECT body FROM audit_entries WHERE seq = :seq"), {"seq": seq}
            ).scalar_one()
        return dict(json.loads(found))

    def last(self) -> int:
        with self.home.engine.connect() as connection:
            return int(connection.execute(text("SELECT max(seq) FROM audit_entries")).scalar_one())

    def edit(self, seq: int, change: Callable[[dict[str, Any]], None], *, mend: bool = True) -> None:
        """Change an entry's body and its columns; `mend` its stored hash too."""
        body = self.body(seq)
        change(body)
        with self.unguarded() as connection:
            _store(connection, seq, body, mend=mend)

    def rechain(self, start: int) -> None:
        """Compute the chain anew from entry `start`."""
        bodies = [self.body(seq) for seq in range(start, self.last() + 1)]
        prev = _leaf(self.body(start - 1)) if start > 1 else NO_LEAF
        with self.unguarded() as connection:
            for seq, body in enumerate(bodies, start):
                body |= {"prev": prev, "seq": seq}
                _store(connection, seq, body)
                prev = _leaf(body)

    def delete(self, *seqs: int) -> None:
        with self.unguarded() as connection:
            for table in reversed(_TABLES):
                for seq in seqs:
                    connection.execute(text(f"DELETE FROM {table} WHERE seq = :seq"), {"seq": seq})

    def delete_payload(self, seq: int) -> None:
        with self.unguarded() as connection:
            connection.execute(text("DELETE FROM audit_payloads WHERE seq = :seq"), {"seq": seq})

    @contextmanager
    def guards_off(self) -> Iterator[None]:
        """A while in which others work without guards."""
        with writing(self.home.engine) as session:
            triggers = _take_off(session.connection())
        yield
        with writing(self.home.engine) as session:
            _put_back(session.connection(), triggers)

    def drop_guards(self) -> None:
        with writing(self.home.engine) as session:
            _take_off(session.connection())

    def swap(self, one: int, two: int) -> None:
        bodies = self.body(one), self.body(two)
        with self.unguarded() as connection:
            _store(connection, one, bodies[1], columns=False)
            _store(connection, two, bodies[0], columns=False)

    def insert_before(self, seq: int, event: str) -> None:
        """Push everything from `seq` on one place up and put an entry in between, with columns and hashes in order."""
        bodies = [self.body(n) for n in range(seq, self.last() + 1)]
        forged = {**bodies[0], "event": event, "actor": {"person": "ghost"}}
        forged.pop("payload_sha256", None)
        with self.unguarded() as connection:
            payloads = connection.execute(text("SELECT * FROM audit_payloads WHERE seq >= :seq"), {"seq": seq}).all()
            for table in reversed(_TABLES):
                connection.execute(text(f"DELETE FROM {table} WHERE seq >= :seq"), {"seq": seq})
            for number, body in enumerate([forged, *bodies], seq):
                _insert(connection, body | {"seq": number})
            for row in payloads:
                values = {"seq": row.seq + 1, "salt": row.salt, "content": row.content}
                connection.execute(text("INSERT INTO audit_payloads VALUES (:seq, :salt, :content)"), values)

    def resign(self, keys: Keys) -> None:
        """Take all checkpoints anew over the trail as it is now, at the same sizes, signed with these keys."""
        old = in_folder(self.home.checkpoints)
        frontier, previous = Frontier(), NO_LEAF
        for checkpoint in old:
            while frontier.size < min(checkpoint.size, self.last()):
                frontier.add(bytes.fromhex(_leaf(self.body(frontier.size + 1))))
            root = base64.b64encode(frontier.root()).decode()
            new = signed(
                keys,
                f"{keys.origin}\n{checkpoint.size}\n{root}\nguards {checkpoint.guards}\nprevious {previous}\n"
                f"at {checkpoint.at.isoformat(timespec='microseconds')}\n",
            )
            previous = new.sha256
            (self.home.checkpoints / new.file_name).write_text(new.note, "utf-8")

    def checkpoint_files(self) -> list[Path]:
        return sorted(self.home.checkpoints.glob("[0-9]*.txt"))


def a_trail(home: Home) -> Trail:
    """Twelve entries, as test_attacks.py lists them, three checkpoints, a document, an erased remark."""
    zhang, li = Actor("zhang", "legal_reviewer", "justice"), Actor("li", "handler", "construction")
    with writing(home.engine) as session:
        document = keep(session, home.store, "送审稿".encode(), "送审稿.docx").sha256
    for number in (1, 2):
        case = f"2026-ND-000{number}"
        _write(home, "case.opened", li, case=case, documents=[document], payload={"title": "公共租赁住房租金补贴办法"})
        _write(home, "step.started", li, case=case, step="legality_review", round=1)
        seal(home)
        _write(home, "sign_off.given", zhang, case=case, step="legality_review", round=1, reason="依据充分")
        _write(home, "case.noted", zhang, case=case, reason="联系人张三，电话 0579-00000000")
        if number == 1:
            with writing(home.engine) as session:
                audit.erase(session, 6, actor=zhang, at=home.now(), ground="个人信息保护法第四十七条")
    seal(home)
    _write(home, "case.closed", li, case="2026-ND-0001")
    return Trail(home, in_folder(home.checkpoints), home.keys.public_key, document)


def other_keys(folder: Path) -> Keys:
    made = Keys(folder)
    made.make()
    return made


def forge_payload(trail: Trail, seq: int) -> str:
    """Write another payload for an entry and give back the hash it would need."""
    salt, content = os.urandom(16).hex(), canonical({"reason": "伪造"})
    with trail.unguarded() as connection:
        connection.execute(
            text("UPDATE audit_payloads SET salt = :salt, content = :content WHERE seq = :seq"),
            {"salt": salt, "content": content.decode(), "seq": seq},
        )
    return payload_hash(salt, content)


def _write(home: Home, event: str, actor: Actor, **facts: Any) -> None:
    with writing(home.engine) as session:
        audit.record(session, event, actor=actor, at=home.now(), **facts)


_TAKE_OFF = {"sqlite": "DROP TRIGGER {name}", "postgresql": "ALTER TABLE {table} DISABLE TRIGGER {name}"}
_FIND = {
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit_%'",
    "postgresql": "SELECT t.tgname, c.relname, NULL FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    " WHERE c.relname LIKE 'audit_%' AND NOT t.tgisinternal",
}


def _take_off(connection: Connection) -> list[Any]:
    triggers = list(connection.execute(text(_FIND[connection.dialect.name])).all())
    for name, table, _ in triggers:
        connection.execute(text(_TAKE_OFF[connection.dialect.name].format(name=name, table=table)))
    return triggers


def _put_back(connection: Connection, triggers: list[Any]) -> None:
    for name, table, statement in triggers:
        connection.execute(text(statement or f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"))


def _leaf(body: dict[str, Any]) -> str:
    return leaf_of(canonical(body))


def _store(connection: Connection, seq: int, body: dict[str, Any], *, mend: bool = True, columns: bool = True) -> None:
    values = {"body": canonical(body).decode()} | ({"leaf": _leaf(body)} if mend else {})
    if columns:
        values |= {key: value for key, value in searchable(body).items() if key != "seq"}
    assigned = ", ".join(f"{key} = :{key}" for key in values)
    connection.execute(text(f"UPDATE audit_entries SET {assigned} WHERE seq = :at_seq"), values | {"at_seq": seq})


def _insert(connection: Connection, body: dict[str, Any]) -> None:
    values = {"leaf": _leaf(body), "body": canonical(body).decode(), **searchable(body)}
    names = ", ".join(values)
    connection.execute(text(f"INSERT INTO audit_entries ({names}) VALUES (:{', :'.join(values)})"), values)
