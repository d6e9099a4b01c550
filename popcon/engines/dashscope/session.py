"""The session that requests for paid work go through: each leaves at most once."""

from ssl import SSLCertVerificationError
from typing import Any

import requests
from requests.exceptions import ConnectionError, ConnectTimeout, Timeout
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ProxyError, SSLError

from popcon.ledger.vendor import NotSent, OutcomeUnknown


class OnceSession(requests.Session):
    """Posts once. A broken connection is raised as what it means, which the SDK does not catch and so not repeat.

    No redirect is followed: it would post again. No connection is reused: an idle one that the other side has
    closed breaks in a way that cannot be told from an accepted request.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sent = False

    def post(self, url: Any, data: Any = None, json: Any = None, **kwargs: Any) -> requests.Response:
        if self.sent:
            raise OutcomeUnknown("A request was about to be sent twice.")
        self.sent = True
        try:
            return super().post(url, data=data, json=json, **{**kwargs, "allow_redirects": False})
        except ConnectTimeout:
            raise NotSent("DashScope could not be reached: no connection in time.") from None
        except Timeout:
            raise OutcomeUnknown("DashScope did not answer in time.") from None
        except ConnectionError as error:
            if _never_connected(error):
                raise NotSent(
                    "DashScope could not be reached: connection refused, host not found, or certificate not trusted."
                ) from None
            raise OutcomeUnknown("The connection to DashScope broke.") from None


def _never_connected(error: ConnectionError) -> bool:
    inner = error.args[0] if error.args else None
    reason: object = inner.reason if isinstance(inner, MaxRetryError) else inner
    if isinstance(reason, ProxyError):
        reason = reason.original_error
    if isinstance(reason, SSLError):  # a certificate that is not trusted: nothing was said to its holder
        return bool(reason.args) and isinstance(reason.args[0], SSLCertVerificationError)
    return isinstance(reason, NewConnectionError | NameResolutionError)
