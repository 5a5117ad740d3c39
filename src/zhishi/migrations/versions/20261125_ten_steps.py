"""ten steps

Checks of devices, accepted texts, bound phones, decks of lots, calls for help, manual verification, the home page.

Revision ID: 20261125_ten_steps
Revises: 20261122_first
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_ten_steps"
down_revision = "20261122_first"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lot_decks",
        sa.Column("sitting_id", sa.String(length=36), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("laid_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sitting_id"], ["sittings.id"], name=op.f("fk_lot_decks_sitting_id_sittings")),
        sa.PrimaryKeyConstraint("sitting_id", name=op.f("pk_lot_decks")),
    )
    op.create_table(
        "home_sessions",
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("registration_id", sa.String(length=36), nullable=False),
        sa.Column("device_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_home_sessions_registration_id_registrations")
        ),
        sa.PrimaryKeyConstraint("secret_sha256", name=op.f("pk_home_sessions")),
    )
    with op.batch_alter_table("home_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_home_sessions_registration_id"), ["registration_id"], unique=False)

    op.create_table(
        "preparations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("registration_id", sa.String(length=36), nullable=False),
        sa.Column("device_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_preparations_registration_id_registrations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preparations")),
    )
    with op.batch_alter_table("preparations", schema=None) as batch_op:
        batch_op.create_index("ix_preparations_registration_device", ["registration_id", "device_id"], unique=False)

    op.create_table(
        "acceptances",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("registration_id", sa.String(length=36), nullable=False),
        sa.Column("attempt_id", sa.String(length=36), nullable=True),
        sa.Column("attachment_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reading_ms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachments.id"], name=op.f("fk_acceptances_attachment_id_attachments")
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_acceptances_attempt_id_attempts")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_acceptances_registration_id_registrations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptances")),
        sa.UniqueConstraint("attempt_id", "attachment_id", name=op.f("uq_acceptances_attempt_id_attachment_id")),
    )
    with op.batch_alter_table("acceptances", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_acceptances_registration_id"), ["registration_id"], unique=False)

    op.create_table(
        "binding_permits",
        sa.Column("attempt_id", sa.String(length=36), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_binding_permits_attempt_id_attempts")),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_binding_permits")),
    )
    op.create_table(
        "bindings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("attempt_id", sa.String(length=36), nullable=False),
        sa.Column("code_sha256", sa.String(length=64), nullable=False),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device_id", sa.String(length=36), nullable=True),
        sa.Column("label", sa.String(length=80), nullable=True),
        sa.Column("user_agent", sa.String(length=400), nullable=True),
        sa.Column("last_heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.JSON(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_bindings_attempt_id_attempts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bindings")),
        sa.UniqueConstraint("code_sha256", name=op.f("uq_bindings_code_sha256")),
    )
    with op.batch_alter_table("bindings", schema=None) as batch_op:
        batch_op.create_index("ix_bindings_attempt_bound", ["attempt_id", "bound_at"], unique=False)

    op.create_table(
        "help_calls",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("attempt_id", sa.String(length=36), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.String(length=36), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=36), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_help_calls_attempt_id_attempts")),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["staff_accounts.id"], name=op.f("fk_help_calls_closed_by_staff_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["taken_by"], ["staff_accounts.id"], name=op.f("fk_help_calls_taken_by_staff_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_calls")),
    )
    with op.batch_alter_table("help_calls", schema=None) as batch_op:
        batch_op.create_index("ix_help_calls_attempt_opened", ["attempt_id", "opened_at"], unique=False)

    op.create_table(
        "help_messages",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("attempt_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("sender", sa.String(length=16), nullable=False),
        sa.Column("staff_id", sa.String(length=36), nullable=True),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_help_messages_attempt_id_attempts")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_accounts.id"], name=op.f("fk_help_messages_staff_id_staff_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_messages")),
        sa.UniqueConstraint("attempt_id", "client_id", name=op.f("uq_help_messages_attempt_id_client_id")),
        sa.UniqueConstraint("attempt_id", "seq", name=op.f("uq_help_messages_attempt_id_seq")),
    )
    op.create_table(
        "recorder_reports",
        sa.Column("attempt_id", sa.String(length=36), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_recorder_reports_attempt_id_attempts")),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_recorder_reports")),
    )
    op.create_table(
        "verification_requests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("registration_id", sa.String(length=36), nullable=False),
        sa.Column("sitting_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("device_id", sa.String(length=36), nullable=False),
        sa.Column("take_over", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("picture_key", sa.String(length=200), nullable=False),
        sa.Column("picture_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_picture_key", sa.String(length=200), nullable=False),
        sa.Column("first_picture_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("decision_reason", sa.String(length=300), nullable=True),
        sa.Column("moves", sa.Boolean(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_verification_requests_attempt_id_attempts")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["staff_accounts.id"], name=op.f("fk_verification_requests_decided_by_staff_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_verification_requests_registration_id_registrations"),
        ),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sittings.id"], name=op.f("fk_verification_requests_sitting_id_sittings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_requests")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_verification_requests_secret_sha256")),
    )
    with op.batch_alter_table("verification_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_verification_requests_attempt_id"), ["attempt_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_verification_requests_registration_id"), ["registration_id"], unique=False)
        batch_op.create_index("ix_verification_requests_sitting_state", ["sitting_id", "state"], unique=False)
        batch_op.create_index(
            "uq_verification_requests_waiting",
            ["registration_id", "sitting_id", "device_id"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("manual", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("entry_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("move_allowed_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("binding_passed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("binding_waived_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("lot_drawn_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("lot_passed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("devices_confirmed_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("exams", schema=None) as batch_op:
        batch_op.add_column(sa.Column("phone_policy", sa.String(length=16), server_default="advised", nullable=False))

    with op.batch_alter_table("lots", schema=None) as batch_op:
        batch_op.add_column(sa.Column("position", sa.Integer(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_lots_sitting_id_position"), ["sitting_id", "position"])

    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("home_secret_digest", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("home_device_id", sa.String(length=36), nullable=True))

    with op.batch_alter_table("tracks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("tracks", schema=None) as batch_op:
        batch_op.drop_column("closed_at")

    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.drop_column("home_device_id")
        batch_op.drop_column("home_secret_digest")

    with op.batch_alter_table("lots", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_lots_sitting_id_position"), type_="unique")
        batch_op.drop_column("position")

    with op.batch_alter_table("exams", schema=None) as batch_op:
        batch_op.drop_column("phone_policy")

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_column("devices_confirmed_at")
        batch_op.drop_column("lot_passed_at")
        batch_op.drop_column("lot_drawn_at")
        batch_op.drop_column("binding_waived_at")
        batch_op.drop_column("binding_passed_at")
        batch_op.drop_column("move_allowed_until")
        batch_op.drop_column("entry_until")
        batch_op.drop_column("manual")

    with op.batch_alter_table("verification_requests", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_verification_requests_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index("ix_verification_requests_sitting_state")
        batch_op.drop_index(batch_op.f("ix_verification_requests_registration_id"))
        batch_op.drop_index(batch_op.f("ix_verification_requests_attempt_id"))

    op.drop_table("verification_requests")
    op.drop_table("recorder_reports")
    op.drop_table("help_messages")
    with op.batch_alter_table("help_calls", schema=None) as batch_op:
        batch_op.drop_index("ix_help_calls_attempt_opened")

    op.drop_table("help_calls")
    with op.batch_alter_table("bindings", schema=None) as batch_op:
        batch_op.drop_index("ix_bindings_attempt_bound")

    op.drop_table("bindings")
    op.drop_table("binding_permits")
    with op.batch_alter_table("acceptances", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_acceptances_registration_id"))

    op.drop_table("acceptances")
    with op.batch_alter_table("preparations", schema=None) as batch_op:
        batch_op.drop_index("ix_preparations_registration_device")

    op.drop_table("preparations")
    with op.batch_alter_table("home_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_home_sessions_registration_id"))

    op.drop_table("home_sessions")
    op.drop_table("lot_decks")
