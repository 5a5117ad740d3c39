"""proof of recordings

Logbooks of recorders, receipts, which segments of a file do not decode; packages, and reports of failed uploads.

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
        sa.Column("final", sa.Boolean(), nullable=False),
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
    op.add_column("segment_notices", sa.Column("lost_ms", sa.BigInteger(), nullable=True))
    op.create_table(
        "packages",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("attempt_id", sa.String(length=36), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("broken_off", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_packages_attempt_id_attempts")),
        sa.ForeignKeyConstraint(["by"], ["staff_accounts.id"], name=op.f("fk_packages_by_staff_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packages")),
    )
    op.create_index(op.f("ix_packages_attempt_id"), "packages", ["attempt_id"])
    op.create_table(
        "upload_reports",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("attempt_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=16), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=True),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("ledger", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=36), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("closing_note", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_upload_reports_attempt_id_attempts")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_accounts.id"], name=op.f("fk_upload_reports_staff_id_staff_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["staff_accounts.id"], name=op.f("fk_upload_reports_closed_by_staff_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_reports")),
    )
    op.create_index(op.f("ix_upload_reports_attempt_id"), "upload_reports", ["attempt_id"])


def downgrade() -> None:
    op.drop_table("upload_reports")
    op.drop_table("packages")
    op.drop_column("segment_notices", "lost_ms")
    op.drop_column("epochs", "file_undecodable")
    op.drop_column("exams", "results_published_at")
    op.drop_table("track_pictures")
    op.drop_table("receipts")
    op.drop_table("logbook_pages")
