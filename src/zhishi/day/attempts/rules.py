"""What an attempt is about, without any input or output."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class EndReason(StrEnum):
    CANDIDATE = "candidate"
    TIME = "time"


class ClientEvent(StrEnum):
    """What a candidate's page may report of itself."""

    PAGE_LOADED = "page_loaded"
    PAGE_HIDDEN = "page_hidden"
    PAGE_SHOWN = "page_shown"
    RECORDER_STARTED = "recorder_started"
    RECORDER_STOPPED = "recorder_stopped"
    RECORDER_STALLED = "recorder_stalled"
    TRACK_LOST = "track_lost"
    TRACK_RESTORED = "track_restored"
    SHARE_STOPPED = "share_stopped"
    SHARE_RESTORED = "share_restored"
    CLOCK_STEPPED = "clock_stepped"
    OFFLINE = "offline"
    ONLINE = "online"
    SPOOL_QUOTA_LOW = "spool_quota_low"
    SPOOL_FAILED = "spool_failed"
    SPOOL_MENDED = "spool_mended"
    WINDOW_BLURRED = "window_blurred"
    WINDOW_FOCUSED = "window_focused"
    COPY_BLOCKED = "copy_blocked"
    PASTE_BLOCKED = "paste_blocked"
    PRINT_BLOCKED = "print_blocked"
    SHORTCUT_NOTICED = "shortcut_noticed"
    CAPTURE_NOTICED = "capture_noticed"
    FULLSCREEN_ENTERED = "fullscreen_entered"
    FULLSCREEN_LEFT = "fullscreen_left"
    DISPLAY_ADDED = "display_added"
    DISPLAY_REMOVED = "display_removed"
    CAMERA_CHANGED = "camera_changed"
    MICROPHONE_CHANGED = "microphone_changed"
    DEVICE_REFUSED = "device_refused"
    SOUND_SILENT = "sound_silent"
    SOUND_BACK = "sound_back"
    SOUND_CLIPPED = "sound_clipped"
    SOUND_CLEAR = "sound_clear"
    PICTURE_BAD = "picture_bad"
    PICTURE_GOOD = "picture_good"
    DEVICE_DOUBTFUL = "device_doubtful"
    BITRATE_LOWERED = "bitrate_lowered"
    BITRATE_RAISED = "bitrate_raised"
    SECOND_TAB = "second_tab"
    HELP_OPENED = "help_opened"
    OTHER = "other"


class ServerEvent(StrEnum):
    """What the server notes."""

    LOGGED_IN = "logged_in"
    LOGIN_ENDED = "login_ended"
    LOGIN_REFUSED = "login_refused"
    ENTERED = "entered"
    ENDED = "ended"
    DEPARTED = "departed"
    PAPER_RELEASED = "paper_released"
    INTERRUPTED = "interrupted"
    PREPARED = "prepared"
    CONSENT_GIVEN = "consent_given"
    TEXT_ACCEPTED = "text_accepted"
    PHONE_BOUND = "phone_bound"
    PHONE_REPLACED = "phone_replaced"
    PHONE_STOPPED = "phone_stopped"
    BINDING_PASSED = "binding_passed"
    BINDING_WAIVED = "binding_waived"
    REBIND_ALLOWED = "rebind_allowed"
    LOT_DRAWN = "lot_drawn"
    LOT_PASSED = "lot_passed"
    LOT_ASSIGNED = "lot_assigned"
    DEVICES_CONFIRMED = "devices_confirmed"
    PICTURE_SEEN = "picture_seen"
    HELP_CALLED = "help_called"
    READMITTED = "readmitted"
    VERIFICATION_GRANTED = "verification_granted"
    VERIFICATION_REFUSED = "verification_refused"


# Heartbeats come every four seconds; after this long without one an attempt was silent.
SILENT_AFTER = timedelta(seconds=6)

# A page that comes back sends its first heartbeat before it tells that it was loaded, or shortly after.
BACK_WITHIN = timedelta(seconds=30)

# A check of the device counts for a rehearsal today and the exam in a few days; then things may have changed.
PREPARED_FOR = timedelta(days=7)

# The home page with what the device still holds stays reachable until results are published, weeks later.
LOGIN_LENGTH = timedelta(days=60)

# Uploads go on for days after the exam, and can be asked for again until publication (F10.4).
UPLOAD_LENGTH = timedelta(days=90)
