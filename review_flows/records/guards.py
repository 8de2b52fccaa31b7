"""Guards inside the database: triggers that refuse to change what must stay as it was written.

A row class asks for them in its table: `__table_args__ = {"info": {"guard": "append_only"}}`. The migration is
generated with the statements below; they bind every client, also one that does not use this program. They do not
bind the owner of the database, who can drop them: hence `guard_hash()`, which stands in every checkpoint.
"""

from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import Table, text
from sqlmodel import Session

Statements = dict[str, list[str]]  # dialect name → statements

_EMPTY_HASH = "0" * 64


def statements_for(tables: Sequence[Table]) -> Statements:
    """The trigger statements of all guarded tables, by dialect, in a fixed order."""
    found: Statements = {"sqlite": [], "postgresql": []}
    guarded = sorted((table for table in tables if "guard" in table.info), key=lambda table: table.name)
    for table in guarded:
        for dialect, statements in _GUARDS[table.info["guard"]](table.name).items():
            found[dialect] += statements
    return found


def _append_only(table: str) -> Statements:
    return {
        "sqlite": [_sqlite_refusal(table, "UPDATE"), _sqlite_refusal(table, "DELETE")],
        "postgresql": [
            _postgresql_function(f"{table}_refuse", f"RAISE EXCEPTION '{table} is append-only';"),
            *_postgresql_trigger(f"{table}_no_change", table, "BEFORE UPDATE OR DELETE", "ROW", f"{table}_refuse"),
            *_postgresql_trigger(f"{table}_no_truncate", table, "BEFORE TRUNCATE", "STATEMENT", f"{table}_refuse"),
        ],
    }


def _audit_chain(table: str) -> Statements:
    """Append-only, and each row must continue the chain: seq + 1, prev = last leaf (this stops REPLACE too)."""
    last_leaf = f"coalesce((SELECT leaf FROM {table} ORDER BY seq DESC LIMIT 1), '{_EMPTY_HASH}')"  # noqa: S608
    last_seq = f"coalesce((SELECT max(seq) FROM {table}), 0)"  # noqa: S608  # the name of our own table
    return _joined(
        _append_only(table),
        {
            "sqlite": [
                f"CREATE TRIGGER {table}_continues BEFORE INSERT ON {table}\n"
                f"WHEN NEW.seq IS NOT {last_seq} + 1\n"
                f"  OR json_extract(NEW.body, '$.seq') IS NOT NEW.seq\n"
                f"  OR json_extract(NEW.body, '$.prev') IS NOT {last_leaf}\n"
                f"BEGIN SELECT RAISE(ABORT, '{table}: not the next entry of the chain'); END"
            ],
            "postgresql": [
                _postgresql_function(
                    f"{table}_continue",
                    f"IF NEW.seq IS DISTINCT FROM {last_seq} + 1\n"
                    f"  OR (NEW.body::json->>'seq') IS DISTINCT FROM NEW.seq::text\n"
                    f"  OR (NEW.body::json->>'prev') IS DISTINCT FROM {last_leaf} THEN\n"
                    f"  RAISE EXCEPTION '{table}: not the next entry of the chain';\nEND IF;\nRETURN NEW;",
                ),
                *_postgresql_trigger(f"{table}_continues", table, "BEFORE INSERT", "ROW", f"{table}_continue"),
            ],
        },
    )


def _audit_payload(table: str) -> Statements:
    """A payload comes with the newest entry, stays as it is, and may only be emptied after an entry that says so."""
    newest = "NEW.seq <> (SELECT max(seq) FROM audit_entries)"
    announced = (
        "EXISTS (SELECT 1 FROM audit_entries WHERE event = 'payload.erased' "
        "AND subject_kind = 'audit_entry' AND subject_id = CAST(OLD.seq AS TEXT))"
    )
    emptied = f"NEW.seq = OLD.seq AND NEW.salt IS NULL AND NEW.content IS NULL AND {announced}"
    refusal = f"{table}: a payload is only erased, after an entry that says so"
    return {
        "sqlite": [
            f"CREATE TRIGGER {table}_belongs BEFORE INSERT ON {table} WHEN {newest}\n"
            f"BEGIN SELECT RAISE(ABORT, '{table}: not of the newest entry'); END",
            f"CREATE TRIGGER {table}_erasure BEFORE UPDATE ON {table} WHEN NOT ({emptied})\n"
            f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END",
            _sqlite_refusal(table, "DELETE"),
        ],
        "postgresql": [
            _postgresql_function(
                f"{table}_belong",
                f"IF {newest} THEN RAISE EXCEPTION '{table}: not of the newest entry'; END IF;\nRETURN NEW;",
            ),
            *_postgresql_trigger(f"{table}_belongs", table, "BEFORE INSERT", "ROW", f"{table}_belong"),
            _postgresql_function(
                f"{table}_erase", f"IF NOT ({emptied}) THEN RAISE EXCEPTION '{refusal}'; END IF;\nRETURN NEW;"
            ),
            *_postgresql_trigger(f"{table}_erasure", table, "BEFORE UPDATE", "ROW", f"{table}_erase"),
            _postgresql_function(f"{table}_refuse", f"RAISE EXCEPTION '{table} is append-only';"),
            *_postgresql_trigger(f"{table}_no_delete", table, "BEFORE DELETE", "ROW", f"{table}_refuse"),
            *_postgresql_trigger(f"{table}_no_truncate", table, "BEFORE TRUNCATE", "STATEMENT", f"{table}_refuse"),
        ],
    }


_GUARDS = {"append_only": _append_only, "audit_chain": _audit_chain, "audit_payload": _audit_payload}


def _joined(first: Statements, second: Statements) -> Statements:
    return {dialect: first[dialect] + second[dialect] for dialect in first}


def _sqlite_refusal(table: str, act: str) -> str:
    return (
        f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table}\n"
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _postgresql_function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n{body}\nEND\n$$"


def _postgresql_trigger(name: str, table: str, when: str, level: str, function: str) -> list[str]:
    return [
        f"CREATE TRIGGER {name} {when} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}()",
        # Holds even where a session plays replica to switch ordinary triggers off.
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    ]


def guard_hash(session: Session) -> str:
    """The sha256 of the audit tables as the database now has them: columns, indexes, triggers, whether they are on."""
    statement = _DESCRIPTION[session.get_bind().dialect.name]
    lines = ["\t".join(map(str, row)) for row in session.connection().execute(text(statement))]
    return sha256("\n".join(sorted(lines)).encode()).hexdigest()


_DESCRIPTION = {
    "sqlite": "SELECT type, name, sql FROM sqlite_master WHERE tbl_name IN ('audit_entries', 'audit_payloads')",
    "postgresql": """
        WITH audited AS (SELECT oid, relname FROM pg_class
          WHERE oid IN (to_regclass('audit_entries'), to_regclass('audit_payloads')))
        SELECT 'column', c.relname || '.' || a.attname,
               format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text
          FROM pg_attribute a JOIN audited c ON c.oid = a.attrelid WHERE a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT 'index', i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
          FROM pg_index i JOIN audited c ON c.oid = i.indrelid
        UNION ALL
        SELECT 'trigger', t.tgname, pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text || ' ' || p.prosrc
          FROM pg_trigger t JOIN audited c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
         WHERE NOT t.tgisinternal
    """,
}
