"""What the columns of the sign-in tables hold, those of other people's apps included.

This floor lies below the registry, so it only declares; the privacy floor registers it. The words are the values of
`privacy.registry.Class`.
"""

COLUMNS: dict[str, dict[str, str]] = {
    "accounts.User": {
        "technical": "id",
        "secret": "password",
        "identifier": "email name phone",
        "personal": "job_title last_login",
        "none": "role language is_active date_joined mailbox_gone_on",
    },
    "accounts.Team": {"technical": "id", "none": "name"},
    "accounts.Membership": {"technical": "id team user"},
    "accounts.SavedView": {"technical": "id owner team", "none": "page name query created_at"},
    "accounts.Organisation": {
        "technical": "id",
        "none": (
            "name legal_name postal_address kvk email phone website mail_domain mail_tracking no_answer_days link_days"
            " consent_months retention_days pool_months pool_again_days trace_days approach_warning_days"
            " reminder_days reminder_automatic mailbox_mode"
        ),
        "personal": "privacy_contact",
        "free_text": "mail_tracking_reason reminder_reason",
    },
    "account.EmailAddress": {"technical": "id user", "identifier": "email", "none": "verified primary"},
    "account.EmailConfirmation": {"technical": "id email_address", "none": "created sent", "secret": "key"},
    "mfa.Authenticator": {"technical": "id user", "none": "type created_at last_used_at", "secret": "data"},
    "axes.AccessAttempt": {
        "technical": "id http_accept path_info failures_since_start",
        "identifier": "ip_address username",
        "personal": "user_agent attempt_time",
        "free_text": "get_data post_data",
    },
    "axes.AccessAttemptExpiration": {"technical": "access_attempt", "none": "expires_at"},
    "axes.AccessLog": {
        "technical": "id http_accept path_info",
        "identifier": "ip_address username",
        "personal": "user_agent attempt_time logout_time",
        "secret": "session_hash",
    },
    "axes.AccessFailureLog": {
        "technical": "id http_accept path_info",
        "identifier": "ip_address username",
        "personal": "user_agent attempt_time",
        "none": "locked_out",
    },
    "sessions.Session": {"secret": "session_key session_data", "none": "expire_date"},
    "admin.LogEntry": {
        "technical": "id user content_type object_id",
        "none": "action_time action_flag",
        "identifier": "object_repr",
        "free_text": "change_message",
    },
    "auth.Permission": {"technical": "id content_type", "none": "name codename"},
    "auth.Group": {"technical": "id", "none": "name"},
    "auth.Group_permissions": {"technical": "id group permission"},
    "contenttypes.ContentType": {"technical": "id", "none": "app_label model"},
}

# The way from a row to the member of staff it is about.
PATHS = {
    "accounts.User": "staff_subject__subject",
    "account.EmailAddress": "user__staff_subject__subject",
    "mfa.Authenticator": "user__staff_subject__subject",
}

PATHLESS = {
    "accounts.Organisation": "The organisation's own public contact data.",
    "axes.AccessAttempt": "Kept by address of sign-in until the lock-out ends, and cleaned up by its own clock.",
    "axes.AccessLog": "Switched off: nothing is written.",
    "axes.AccessFailureLog": "Switched off: nothing is written.",
    "admin.LogEntry": "Not written: the admin writes to the ledger, which holds no names.",
}

KEPT = {
    "accounts.User": "Who decided stands behind every decision (GDPR art. 5(2)); the account is closed, not removed.",
}
