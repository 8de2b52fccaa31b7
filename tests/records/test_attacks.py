"""Attacks on the trail by somebody who can do anything to the database, as a table: what is done, what names it.

Entries: 1 home.opened, 2 schema.upgraded, 3–6 the first case, 7 payload.erased (of 6), 8–11 the second case,
12 case.closed. Checkpoints stand at 4, 9 and 11; entry 12 is not sealed.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from review_flows.errors import AuditChainBroken
from review_flows.records import audit
from review_flows.records.audit import Actor
from review_flows.records.canonical import canonical
from review_flows.records.checkpoints import in_folder
from review_flows.records.database import writing
from review_flows.records.home import Home, open_home
from review_flows.records.sealing import seal
from review_flows.records.trail import leaf_of
from tests.homes import settings_for
from tests.records.tampering import Trail, a_trail, forge_payload, other_keys

Attack = Callable[[Trail], None]


def another_person(body: dict[str, Any]) -> None:
    body["actor"]["person"] = "ghost"


def a_field_is_edited(trail: Trail) -> None:
    trail.edit(5, another_person, mend=False)


def its_hash_is_mended(trail: Trail) -> None:
    trail.edit(5, another_person)


def the_chain_is_recomputed(trail: Trail) -> None:
    trail.edit(5, another_person)
    trail.rechain(6)


def the_key_is_replaced(trail: Trail) -> None:
    the_chain_is_recomputed(trail)
    trail.resign(other_keys(trail.home.checkpoints.parent / "other-keys"))


def the_key_is_replaced_from_the_first_entry_on(trail: Trail) -> None:
    keys = other_keys(trail.home.checkpoints.parent / "other-keys")
    trail.edit(1, lambda body: body["subject"].update(id=keys.origin))
    trail.rechain(2)
    trail.resign(keys)


def an_insider_signs_again(trail: Trail) -> None:
    the_chain_is_recomputed(trail)
    trail.resign(trail.home.keys)


def the_tail_is_cut(trail: Trail) -> None:
    trail.delete(10, 11, 12)


def the_tail_is_cut_with_its_checkpoints(trail: Trail) -> None:
    the_tail_is_cut(trail)
    trail.checkpoint_files()[-1].unlink()


def an_event_is_deleted(trail: Trail) -> None:
    trail.delete(5)


def a_whole_case_is_deleted(trail: Trail) -> None:
    trail.delete(3, 4, 5, 6)


def an_event_is_inserted(trail: Trail) -> None:
    trail.insert_before(5, "step.completed")


def two_events_are_swapped(trail: Trail) -> None:
    trail.swap(4, 5)


def two_events_are_swapped_with_their_numbers(trail: Trail) -> None:
    four, five = trail.body(4), trail.body(5)
    trail.edit(4, lambda body: body.update(five | {"seq": 4}))
    trail.edit(5, lambda body: (body.clear(), body.update(four | {"seq": 5})))  # type: ignore[func-returns-value]


def the_clock_is_turned_back(trail: Trail) -> None:
    trail.edit(12, lambda body: body.update(at="2000-01-01T00:00:00.000000+08:00"))


def a_document_is_edited(trail: Trail) -> None:
    trail.home.store.path(trail.document).write_bytes("送审槁".encode())


def a_document_is_removed(trail: Trail) -> None:
    trail.home.store.path(trail.document).unlink()


def a_payload_is_edited(trail: Trail) -> None:
    forge_payload(trail, 5)


def a_payload_is_edited_and_its_hash_mended(trail: Trail) -> None:
    digest = forge_payload(trail, 5)
    trail.edit(5, lambda body: body.update(payload_sha256=digest))


def a_payload_is_deleted(trail: Trail) -> None:
    trail.delete_payload(5)


def a_payload_is_erased_without_an_entry(trail: Trail) -> None:
    with trail.unguarded() as connection:
        connection.execute(text("UPDATE audit_payloads SET salt = NULL, content = NULL WHERE seq = 5"))


def triggers_are_dropped_for_a_while(trail: Trail) -> None:
    with trail.guards_off():
        with writing(trail.home.engine) as session:
            audit.record(session, "case.noted", actor=Actor("li"), at=trail.home.now())
        seal(trail.home)


def triggers_are_dropped_for_good(trail: Trail) -> None:
    trail.drop_guards()


def a_searchable_column_is_edited(trail: Trail) -> None:
    with trail.unguarded() as connection:
        connection.execute(text("UPDATE audit_entries SET case_number = NULL WHERE seq = 5"))


def write_body(trail: Trail, body: str) -> None:
    with trail.unguarded() as connection:
        values = {"body": body, "leaf": leaf_of(body.encode())}
        connection.execute(text("UPDATE audit_entries SET body = :body, leaf = :leaf WHERE seq = 5"), values)


def a_body_is_no_json(trail: Trail) -> None:
    write_body(trail, "sign_off.given")


def a_body_is_a_list(trail: Trail) -> None:
    write_body(trail, "[5]")


def a_body_says_something_twice(trail: Trail) -> None:
    """Two readers of JSON would read two different things."""
    body = canonical(trail.body(5)).decode()
    write_body(trail, body.replace('"case":', '"case":"2026-ND-0009","case":', 1))


def a_salt_is_no_hash(trail: Trail) -> None:
    with trail.unguarded() as connection:
        connection.execute(text("UPDATE audit_payloads SET salt = 'zz' WHERE seq = 5"))


def a_checkpoint_is_edited(trail: Trail) -> None:
    path = trail.checkpoint_files()[0]
    path.write_text(path.read_text("utf-8").replace("at 20", "at 19"), "utf-8")


def a_root_in_a_checkpoint_is_edited(trail: Trail) -> None:
    path = trail.checkpoint_files()[0]
    lines = path.read_text("utf-8").split("\n")
    path.write_text("\n".join([*lines[:2], lines[2][::-1][1:] + "=", *lines[3:]]), "utf-8")


def a_checkpoint_is_overwritten(trail: Trail) -> None:
    trail.checkpoint_files()[0].write_bytes(b"\xff\xfe")


def a_checkpoint_is_deleted(trail: Trail) -> None:
    trail.checkpoint_files()[1].unlink()


def the_table_is_dropped(trail: Trail) -> None:
    with writing(trail.home.engine) as session:
        session.connection().execute(text("DROP TABLE audit_payloads"))


ATTACKS: list[tuple[Attack, str, int | None]] = [
    (a_field_is_edited, "body", 5),
    (its_hash_is_mended, "chain", 5),
    (the_chain_is_recomputed, "checkpoint", 5),
    (the_key_is_replaced, "signature", 4),
    (the_key_is_replaced_from_the_first_entry_on, "key", 1),
    (the_tail_is_cut, "tail", 10),
    (an_event_is_deleted, "gap", 5),
    (a_whole_case_is_deleted, "gap", 3),
    (an_event_is_inserted, "chain", 6),
    (two_events_are_swapped, "chain", 4),
    (two_events_are_swapped_with_their_numbers, "chain", 4),
    (the_clock_is_turned_back, "time", 12),
    (a_document_is_edited, "document", 3),
    (a_document_is_removed, "document", 3),
    (a_payload_is_edited, "payload", 5),
    (a_payload_is_edited_and_its_hash_mended, "chain", 5),
    (a_payload_is_deleted, "payload", 5),
    (a_payload_is_erased_without_an_entry, "erasure", 5),
    (triggers_are_dropped_for_a_while, "guards", 13),
    (triggers_are_dropped_for_good, "guards", None),
    (a_searchable_column_is_edited, "columns", 5),
    (a_body_is_no_json, "body", 5),
    (a_body_is_a_list, "body", 5),
    (a_body_says_something_twice, "canonical", 5),
    (a_salt_is_no_hash, "body", 5),
    (a_checkpoint_is_edited, "signature", 4),
    (a_root_in_a_checkpoint_is_edited, "signature", 4),
    (a_checkpoint_is_overwritten, "signature", 4),
    (a_checkpoint_is_deleted, "checkpoint", 11),
    (the_table_is_dropped, "unreadable", 1),
]


@pytest.fixture
def trail(home: Home) -> Trail:
    return a_trail(home)


def test_a_trail_that_nobody_touched_proves_itself(trail: Trail) -> None:
    result = trail.verified(with_witness=True)
    assert (result.ok, result.entries, result.checkpoints, result.documents, result.erased) == (True, 12, 6, 1, 1)
    assert "外部" in result.witness


@pytest.mark.parametrize(("attack", "kind", "seq"), ATTACKS, ids=[attack.__name__ for attack, _, _ in ATTACKS])
def test_an_attack_is_named(trail: Trail, attack: Attack, kind: str, seq: int | None) -> None:
    attack(trail)
    found = trail.verified().first_bad
    assert found is not None
    assert (found.kind, found.seq) == (kind, seq), found.reason


ONLY_A_WITNESS_HELPS: list[tuple[Attack, str]] = [
    (an_insider_signs_again, "checkpoint"),
    (the_tail_is_cut_with_its_checkpoints, "tail"),
]


@pytest.mark.parametrize(
    ("attack", "kind"), ONLY_A_WITNESS_HELPS, ids=[attack.__name__ for attack, _ in ONLY_A_WITNESS_HELPS]
)
def test_what_only_a_witness_finds_is_said_to_need_one(trail: Trail, attack: Attack, kind: str) -> None:
    attack(trail)
    alone = trail.verified()
    assert alone.ok, alone.problems
    assert "没有外部见证" in alone.witness
    assert kind in _kinds(trail.verified(with_witness=True))


def test_a_database_rolled_back_with_its_home_is_found_by_a_witness(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    trail = a_trail(open_home(settings_for(tmp_path)))
    trail.home.close()
    shutil.copytree(folder, tmp_path / "older")
    with writing(trail.home.engine) as session:
        audit.record(session, "sign_off.given", actor=Actor("zhang"), at=trail.home.now())
    trail.copies = [*trail.copies, seal(trail.home)]
    trail.home.close()
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "older", folder)
    assert trail.verified().ok
    assert _kinds(trail.verified(with_witness=True)) == {"tail"}
    with writing(trail.home.engine) as session:
        audit.record(session, "sign_off.refused", actor=Actor("zhang"), at=trail.home.now())
    assert trail.verified().ok
    assert _kinds(trail.verified(with_witness=True)) == {"checkpoint"}
    trail.home.close()


def _kinds(result: audit.Verification) -> set[str]:
    return {problem.kind for problem in result.problems}


def test_two_histories_under_one_key_are_found_by_a_witness(trail: Trail) -> None:
    with writing(trail.home.engine) as session:
        audit.record(session, "case.noted", actor=Actor("li"), at=trail.home.now(), reason="一")
    shown_to_one = seal(trail.home)
    trail.edit(13, lambda body: body.update(event="case.other"))
    (trail.home.checkpoints / shown_to_one.file_name).unlink()
    (trail.home.checkpoints / "frontier.json").unlink()
    seal(trail.home)
    trail.copies = [*trail.copies, shown_to_one]
    assert trail.verified().ok
    found = trail.verified(with_witness=True).first_bad
    assert found is not None and (found.kind, found.seq) == ("checkpoint", 12)


def test_the_unsealed_tail_is_what_nothing_protects(trail: Trail) -> None:
    """Why a checkpoint is taken at every sign-off."""
    trail.edit(12, another_person)
    assert trail.verified(with_witness=True).ok
    seal(trail.home)
    trail.edit(12, lambda body: body.update(event="case.lost"))
    assert trail.verified().first_bad is not None


def test_a_broken_trail_is_not_signed_over(trail: Trail) -> None:
    the_tail_is_cut(trail)
    with pytest.raises(AuditChainBroken, match="不符"):
        seal(trail.home)
    assert [checkpoint.size for checkpoint in in_folder(trail.home.checkpoints)] == [4, 9, 11]
