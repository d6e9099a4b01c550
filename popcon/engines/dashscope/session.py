"""The session that requests for paid work go through: each leaves at most once."""

from typing import Any

import requests
from requests.exceptions import ConnectionError, ConnectTimeout, Timeout
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError

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
                    "DashScope could not be reached: the connection was refused or the host not found."
                ) from None
            raise OutcomeUnknown("The connection to DashScope broke.") from None


def _never_connected(error: ConnectionError) -> bool:
    inner = error.args[0] if error.args else None
    reason = inner.reason if isinstance(inner, MaxRetryError) else inner
    return isinstance(reason, NewConnectionError | NameResolutionError)
