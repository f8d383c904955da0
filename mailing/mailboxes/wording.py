"""What is wrong with a mailbox, in words that say what to do about it."""

from django.utils.translation import gettext_lazy as _

from privacy.guards import Sentence

TROUBLES: dict[str, Sentence] = {
    "refused": _("The server refuses the user name or the password. Many servers want an app password here."),
    "revoked": _("The permission has ended or was taken back. Unlink this mailbox and link it again."),
    "scope": _("Not everything was allowed that is needed. Link it again and leave every box ticked."),
    "no_refresh_token": _(
        "Google gave no lasting permission. Take Watson's access away at Google, then link it again."
    ),
    "other_address": _("This permission is for another mailbox than the address named here."),
    "unknown_host": _("No server has this name. Is it spelled right?"),
    "inside": _("This server is inside our own network. An administrator can allow it (MAILBOX_HOSTS)."),
    "port": _("Mail servers listen on port 993 or 143. An administrator can allow another one (MAILBOX_HOSTS)."),
    "unreachable": _("The server does not answer. It is tried again."),
    "broke_off": _("The connection broke off. It is tried again."),
    "certificate": _("The server's certificate is not one that can be trusted, so nothing was sent to it."),
    "no_tls": _("No encrypted connection can be made. Try the other kind of encryption."),
    "all_mail_hidden": _(
        "Gmail hides the folder “All Mail” from IMAP, and without it deleted mail stays. Show it in Gmail's settings,"
        " under Labels, or link this mailbox by Google instead."
    ),
    "bin_hidden": _("Gmail hides the bin from IMAP. Show it in Gmail's settings, under Labels."),
    "spam_hidden": _("Gmail hides the folder Spam from IMAP. Show it in Gmail's settings, under Labels."),
    "no_bin": _("The server does not say which folder is the bin. Choose “deleted for good” for this mailbox."),
    "no_sent": _("The server does not say which folder holds sent mail, so mail to clients cannot be watched."),
    "no_uidplus": _("The server cannot delete a single mail (UIDPLUS), so others might go along. It is left alone."),
    "not_able": _("The server answered in a way Watson does not know. The technical log has no more."),
    "changed": _("The mailbox changed while it was read. It is searched again."),
    "too_fast": _("Google asks for more patience. It is tried again later."),
    "quota": _("Google takes no more calls today. It is tried again later."),
    "api_off": _("The Gmail API is not switched on in the organisation's Google project."),
    "no_gmail": _("Google has no Gmail for this address."),
    "not_delegated": _("Google does not let Watson into this mailbox: the delegation is missing or was taken back."),
    "not_allowed": _("This address is not on the list that an administrator allowed (MAILBOX_DELEGATED)."),
    "no_service_account": _("The key of the Google service account cannot be read."),
    "no_token_server": _("Nobody set where tokens for IMAP come from (MAILBOX_OAUTH_TOKEN_URL)."),
    "no_key": _("The key that sealed this password is gone. Unlink this mailbox and link it again."),
    "blind": _("The server's search does not find a mail that is there, so what it does not find proves nothing."),
    "left": _("After removing, a search still found mail. It is done again."),
}
_OTHERWISE = _("It did not work. It is tried again.")


def trouble(code: str) -> Sentence:
    """The sentence of a code; empty without one."""
    return TROUBLES.get(code, _OTHERWISE) if code else ""
