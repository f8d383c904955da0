"""Colleagues' own mailboxes, by IMAP and by the Gmail API: searched, emptied of one person, and searched again."""
