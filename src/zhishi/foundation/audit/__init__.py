"""The log that every act writes (D7)."""

from zhishi.foundation.audit.actions import SYSTEM, VISITOR, Actor, record

__all__ = ["SYSTEM", "VISITOR", "Actor", "record"]
