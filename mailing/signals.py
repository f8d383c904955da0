"""What this floor announces to the floors above. All are sent inside the transaction."""

from django.dispatch import Signal

# messages: list[Message]. Messages that ask for consent (mailing.kinds.ASKING_KINDS), mostly with the notice in them,
# left: accepted, or sent by hand. Each is announced once; the worker announces what it wrote down together.
notice_handed_over = Signal()

# messages: list[Message]. Messages that answer an act (the closed list of I8) left. Each is announced once.
answer_handed_over = Signal()

# messages: list[Message]. They did not arrive after all: refused, failed or bounced. Each is announced once, of
# whatever kind; a batch of events announces those it tells of together.
notice_failed = Signal()

# message: Message. It is about to be called back. Whoever will undo something locks that now, before the message.
calling_back = Signal()

# message: Message, actor: User. It was called back before it left.
called_back = Signal()

# messages: list[Message], actor: User. Somebody has dealt with these messages that did not arrive.
troubles_handled = Signal()

# message: Message, reason: str (privacy.models.suppression.Reason). The reader said stop through their mail program;
# the address is suppressed already.
stop_received = Signal()

# mail: InboundMail, subject: Subject, channel: str, at: datetime, sure: bool. A person answered by mail; machines don't
# count. Unless it is sure who wrote, somebody has to look and no clock ends by it.
reply_received = Signal()

# mail: InboundMail, subject: Subject, at: datetime. A colleague says that a mail of which this was not sure is this
# person's answer. May be sent more than once for one mail.
reply_recognised = Signal()

# addresses: list[str]. The provider found that these e-mail addresses don't work and delivers nothing to them any more.
# No stop: the person said nothing.
addresses_failed = Signal()

# mail: InboundMail. A colleague dealt with an answer.
reply_handled = Signal()

# mail: InboundMail, subject: Subject, vacancy: UUID, language: str. A colleague confirmed that somebody withdraws from
# a vacancy by mail. A listener answers with the id of what it wrote down, or raises Refused.
withdrawal_confirmed = Signal()
