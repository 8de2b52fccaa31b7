"""The schema's history. `regenerate.py` (a developer's tool) writes it, `running.py` applies it; both use Alembic."""
