"""proof of recordings

Logbooks of recorders, receipts, and which segments of a file do not decode.

Revision ID: 20261126_proof
Revises: 20261125_ten_steps
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_proof"
down_revision = "20261125_ten_steps"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "logbook_pages",
        sa.Column("attempt_id", sa.String(length=36), nullable=False),
        sa.Column("device", sa.String(length=8), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", "device", "run", "page", name=op.f("pk_logbook_pages")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "receipts",
        sa.Column("attempt_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_receipts_attempt_id_attempts")),
        sa.PrimaryKeyConstraint("attempt_id", "number", name=op.f("pk_receipts")),
    )
    op.create_table(
        "track_pictures",
        sa.Column("track_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sampled_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], name=op.f("fk_track_pictures_track_id_tracks")),
        sa.PrimaryKeyConstraint("track_id", name=op.f("pk_track_pictures")),
    )
    op.add_column("exams", sa.Column("results_published_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("epochs", sa.Column("file_undecodable", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("epochs", "file_undecodable")
    op.drop_column("exams", "results_published_at")
    op.drop_table("track_pictures")
    op.drop_table("receipts")
    op.drop_table("logbook_pages")
