"""What can go wrong with a hosted API, typed by what can be done about it.

ProviderError
├── permanent: the same request would end the same way
│   ├── KeyRejected         the API key is wrong, revoked or lacks a right
│   ├── OutOfCredit         the account has no credit left
│   ├── OptionUnsupported   the model lacks an option; found before sending
│   ├── SettingMissing      a setting of the provider or the studio is needed first
│   ├── PromptRefused       the API's filter refused prompt or images
│   ├── RequestRefused      any other clear refusal
│   ├── JobUnknown          the API knows no such job (or the link is dead)
│   └── UnexpectedReply     the reply could not be read
└── worth another try
    ├── RateLimited         refused for now; `retry_after_s` says how long
    ├── Unreachable         nothing was sent
    ├── NoAnswer            sent, but no answer came back
    └── ProviderDown        the API answered with a fault of its own

`message` goes to the page: who, what happened, what to do, whether money may be spent.
`detail` goes to the log and, redacted, to the job's timeline.
"""

from typing import ClassVar


class ProviderError(Exception):
    """Base of all errors about a hosted API.

    `may_be_accepted` answers the one question that matters after a submit: can the API
    have started (and charged) a job although this error was raised?
    """

    permanent: ClassVar[bool] = True
    may_be_accepted: ClassVar[bool] = False

    def __init__(
        self, message: str, *, detail: str = "", retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.retry_after_s = retry_after_s


class KeyRejected(ProviderError):
    """The API key is wrong, revoked or lacks a right."""


class OutOfCredit(ProviderError):
    """The account behind the key has no credit left."""


class OptionUnsupported(ProviderError):
    """The model lacks an option that was asked for; nothing was sent."""


class SettingMissing(ProviderError):
    """A setting of the provider or of the studio is needed first; nothing was sent."""


class PromptRefused(ProviderError):
    """The API's content filter refused the prompt or an image."""


class RequestRefused(ProviderError):
    """The API refused the request for a reason of its own."""


class JobUnknown(ProviderError):
    """The API knows no such job, or the address given for the video is dead."""


class UnexpectedReply(ProviderError):
    """The reply could not be read. After a submit the job may exist all the same."""

    may_be_accepted = True


class RateLimited(ProviderError):
    """Refused for now: too many requests or jobs at once."""

    permanent = False


class Unreachable(ProviderError):
    """No connection could be made; nothing was sent."""

    permanent = False


class NoAnswer(ProviderError):
    """The request left, but the answer was lost or never came."""

    permanent = False
    may_be_accepted = True


class ProviderDown(ProviderError):
    """The API answered with a fault of its own (5xx)."""

    permanent = False
    may_be_accepted = True
