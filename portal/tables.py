"""The read layer's own tables: accounts and how they sign in, what schools decide, and who has looked.

They live in the store's database, with a schema version of their own (``portal/migrations``). No record of a student
is in them: a person goes by the canonical id. Times are UTC.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from canonical.columns import Guid, Instant, big_serial

METADATA = MetaData()

ACCOUNT = Table(
    "account", METADATA,
    Column("id", Guid, primary_key=True),
    # A guardian's own account: the e-mail address in small letters, or a chosen name.
    Column("login", Text, unique=True),
    Column("password_hash", Text),
    # Of an account at the school's provider: who it is there, to the letter. Never an e-mail address.
    Column("issuer", Text),
    Column("subject", Text),
    # active, closed
    Column("state", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("language", Text, nullable=False, server_default="nl"),
    Index("account_subject", "issuer", "subject", unique=True),
)  # fmt: skip

ACCOUNT_ROLE = Table(
    "account_role", METADATA,
    Column("id", Guid, primary_key=True),
    Column("account_id", Guid, nullable=False, index=True),
    # A word of portal.access.Role.
    Column("role", Text, nullable=False),
    Column("source_id", Integer, nullable=False, index=True),
    # The canonical id of the student, guardian or member of staff; empty for who is none of these.
    Column("person_id", Guid),
    # A team leader's section, JSON: {"location": ..., "study": ..., "grade_level": ...}
    Column("section", Text),
    # First and last day, local, both inclusive; empty is always.
    Column("begins", Date),
    Column("ends", Date),
    Column("granted_by", Text, nullable=False),
    Column("granted_at", Instant, nullable=False),
)  # fmt: skip

FACTOR = Table(
    "factor", METADATA,
    Column("id", Guid, primary_key=True),
    Column("account_id", Guid, nullable=False, index=True),
    # totp, passkey, recovery
    Column("kind", Text, nullable=False),
    Column("label", Text),
    # A TOTP secret is sealed; of a recovery code this is a digest; of a passkey its public key.
    Column("secret", LargeBinary, nullable=False),
    Column("credential_id", LargeBinary, unique=True),
    # The last TOTP step or the passkey's counter, so that nothing is accepted twice.
    Column("counter", BigInteger, nullable=False, server_default="0"),
    Column("confirmed_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant),
)  # fmt: skip

INVITATION = Table(
    "invitation", METADATA,
    Column("id", Guid, primary_key=True),
    Column("source_id", Integer, nullable=False),
    Column("person_id", Guid, nullable=False, index=True),
    Column("role", Text, nullable=False),
    # A keyed digest of the code in the letter.
    Column("letter_digest", LargeBinary, nullable=False, unique=True),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    # The second code, to the e-mail address or telephone on record.
    Column("code_digest", LargeBinary),
    Column("code_sent_at", Instant),
    Column("code_expires_at", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("used_at", Instant),
    Column("withdrawn_at", Instant),
    Column("account_id", Guid),
)  # fmt: skip

SESSION = Table(
    "session", METADATA,
    Column("id", Guid, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("account_id", Guid, nullable=False, index=True),
    # The role that was chosen, and with it every account_role of that role (R60).
    Column("role", Text, nullable=False),
    # password, totp, passkey, oidc; joined by "+"
    Column("way", Text, nullable=False),
    Column("agent", Text),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)  # fmt: skip

SIGN_IN = Table(
    "sign_in", METADATA,
    # A sign-in that has begun and not ended: at a provider, or between password and second factor.
    Column("digest", LargeBinary, primary_key=True),
    Column("kind", Text, nullable=False),
    # JSON, sealed: nonce, verifier, issuer, where to go on; or the account that awaits a second factor.
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_at", Instant, nullable=False),
)  # fmt: skip

LOGIN = Table(
    "login", METADATA,
    # Interactive sign-ins alone (R69).
    Column("id", big_serial(), primary_key=True),
    Column("account_id", Guid, nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("at", Instant, nullable=False),
)  # fmt: skip

ATTEMPT = Table(
    "attempt", METADATA,
    # Failures by a keyed digest of the account's name, or of the address that they came from.
    Column("digest", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("until", Instant),
)  # fmt: skip

CONSENT = Table(
    "consent", METADATA,
    # An adult student's word about the guardians; the newest holds (R55).
    Column("id", big_serial(), primary_key=True),
    Column("student_id", Guid, nullable=False, index=True),
    Column("open", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
)  # fmt: skip

DECISION = Table(
    "decision", METADATA,
    # What a school decided about a guardian; the newest of a pair holds (R51-R53).
    Column("id", big_serial(), primary_key=True),
    Column("source_id", Integer, nullable=False),
    Column("student_id", Guid, nullable=False, index=True),
    Column("guardian_id", Guid, nullable=False),
    # A word of portal.access.Decision.
    Column("decision", Text, nullable=False),
    # JSON: a list of portal.access.Area.
    Column("granted", Text, nullable=False, server_default="[]"),
    Column("ground", Text),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
)  # fmt: skip

RESTRICTION = Table(
    "restriction", METADATA,
    # Processing of a student's data is restricted (R64) while ``ended_at`` is empty.
    Column("id", big_serial(), primary_key=True),
    Column("student_id", Guid, nullable=False, index=True),
    Column("since", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("by", Text, nullable=False),
)  # fmt: skip

RULES = Table(
    "school_rules", METADATA,
    # A school's rules (portal.rules.Rules as JSON); the highest version holds.
    Column("source_id", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    PrimaryKeyConstraint("source_id", "version"),
)  # fmt: skip

AUDIT = Table(
    "audit", METADATA,
    # One chain for each source; number 0 for what belongs to none.
    Column("source_id", Integer, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("relation", Text),
    Column("student_id", Guid),
    Column("area", Text),
    # read, export, erase, consent, decide, rules, sign_in, ...
    Column("action", Text, nullable=False),
    Column("allowed", Boolean, nullable=False),
    Column("reason", Text),
    Column("session", Text),
    Column("client", Text),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("source_id", "n"),
    Index("audit_student", "student_id", "at"),
    Index("audit_actor", "actor", "at"),
)  # fmt: skip

AUDIT_HEAD = Table(
    "audit_head", METADATA,
    Column("source_id", Integer, primary_key=True, autoincrement=False),
    Column("n", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    # Rows up to this number have had their time and were removed; the hash of the last of them.
    Column("gone", BigInteger, nullable=False),
    Column("gone_hash", LargeBinary, nullable=False),
    # Keyed digest over all of it: a head that was set back by hand does not fit.
    Column("seal", LargeBinary, nullable=False),
)  # fmt: skip

STAMP = Table(
    "portal_stamp", METADATA,
    # One row. It grows with everything that access depends on and that no sync writes.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("n", BigInteger, nullable=False),
)  # fmt: skip

TABLES = tuple(METADATA.sorted_tables)
