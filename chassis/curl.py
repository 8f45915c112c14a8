"""libcurl, restricted to one HTTP/1.1 request at a time, bounded in time and in size.

The timeout includes the name lookup. There are no redirects, cookies, netrc or proxies; proxy
variables of the environment are ignored.
"""

import io
import select
import ssl
from collections.abc import Mapping
from typing import Any, NamedTuple

import certifi
import pycurl

CONNECT_TIMEOUT = 0.5
MAX_CONNECTION_AGE = 30
"""Seconds until a connection is replaced, so that new replicas get their share of the calls."""
MAX_BODY_SIZE = 8 * 1024 * 1024

DNS_SHUFFLE_ADDRESSES, QUICK_EXIT = 275, 322
"""Values from curl.h; pycurl does not define them."""

OPTIONS = {
    pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
    pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
    pycurl.PROXY: "",
    pycurl.PATH_AS_IS: True,
    pycurl.NOSIGNAL: True,
    pycurl.CONNECTTIMEOUT_MS: int(CONNECT_TIMEOUT * 1000),
    pycurl.MAXFILESIZE: MAX_BODY_SIZE,
    pycurl.MAXCONNECTS: 1,
    pycurl.MAXLIFETIME_CONN: MAX_CONNECTION_AGE,
    pycurl.DNS_CACHE_TIMEOUT: 0,
    DNS_SHUFFLE_ADDRESSES: True,
    QUICK_EXIT: True,  # otherwise closing a handle waits for a timed-out name lookup
}
_ALWAYS = ["Accept: application/json", "Content-Type:", "Expect:", "User-Agent:"]
"""An empty value removes a header that libcurl adds by default."""

_ERRORS: dict[int | str, type[OSError]] = {
    pycurl.E_COULDNT_CONNECT: ConnectionRefusedError,
    pycurl.E_OPERATION_TIMEDOUT: TimeoutError,
}


class Response(NamedTuple):
    status: int
    content_type: str
    content: bytes


class _ResendGuard:
    """Stops libcurl from sending a request again if a reused connection breaks.

    That is only safe for GET: for other methods the caller has to know that the first request may
    have been carried out.
    """

    _may_send = True

    def __call__(self, *_: Any) -> int:
        allowed, self._may_send = self._may_send, False
        return pycurl.PREREQFUNC_OK if allowed else pycurl.PREREQFUNC_ABORT


class Handle:
    """A libcurl handle with its keep-alive connection. Not thread-safe."""

    def __init__(self) -> None:
        self._curl = pycurl.Curl()
        for option, value in {**OPTIONS, **_trusted_certificates()}.items():
            self._curl.setopt(option, value)

    def send(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes, timeout: float
    ) -> Response:
        """Raises OSError, or ValueError for a header of more than one line."""
        lines = [f"{name}: {value}" for name, value in headers.items()]
        if not (url + "".join(lines)).isprintable():
            raise ValueError("a URL or a header with control characters")
        curl, body = self._curl, io.BytesIO()
        if method == "GET":
            curl.setopt(pycurl.HTTPGET, True)
        else:
            curl.setopt(pycurl.POSTFIELDS, content)
        curl.setopt(pycurl.FRESH_CONNECT, self._is_readable())
        curl.setopt(pycurl.CUSTOMREQUEST, method)
        curl.setopt(pycurl.URL, url)
        curl.setopt(pycurl.HTTPHEADER, _ALWAYS + lines)
        curl.setopt(pycurl.TIMEOUT_MS, max(1, int(timeout * 1000)))
        curl.setopt(pycurl.PREREQFUNCTION, None if method == "GET" else _ResendGuard())
        curl.setopt(pycurl.WRITEFUNCTION, body.write)
        try:
            curl.perform()
        except pycurl.error as error:
            kind = _ERRORS.get(error.args[0], ConnectionError)
            raise kind(error.args[-1]) from error
        content_type = curl.getinfo(pycurl.CONTENT_TYPE) or ""
        return Response(curl.getinfo(pycurl.RESPONSE_CODE), content_type, body.getvalue())

    def _is_readable(self) -> bool:
        """Whether the idle connection is readable, which means that the server closed it.

        libcurl itself checks this at most once a second.
        """
        socket = self._curl.getinfo(pycurl.ACTIVESOCKET)
        if socket < 0:
            return False
        poller = select.poll()
        poller.register(socket, select.POLLIN)
        return bool(poller.poll(0))


def _trusted_certificates() -> dict[int, str]:
    """The system's, or those of SSL_CERT_FILE and SSL_CERT_DIR, else certifi's."""
    paths = ssl.get_default_verify_paths()
    directory = {pycurl.CAPATH: paths.capath} if paths.capath else {}
    return {pycurl.CAINFO: paths.cafile or certifi.where(), **directory}
