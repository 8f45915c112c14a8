"""Where a request ends on a connection (RFC 9112, section 6), so that it can be whole before a thread takes it up."""

import re

LARGEST_HEAD = 64 * 1024
LARGEST_BODY = 8 * 1024 * 1024
MOST_DIGITS = len(str(LARGEST_BODY))

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*0*(\d*)[ \t]*\r\n", re.IGNORECASE)
_CODING = re.compile(rb"\r\ntransfer-encoding:[ \t]*([^\r\n]*)", re.IGNORECASE)
_EXPECT = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9a-f]{1,8})[ \t]*(;|$)", re.IGNORECASE)


class Incoming:
    """What came in on a connection and was not taken yet.

    What is too large, or no HTTP, counts as whole at once: gunicorn's parser and Django have the words for it.
    """

    def __init__(self) -> None:
        self._heard = bytearray()
        self._chunk_at = 0
        self._body_size = 0
        self.expects_continue = False
        """The client waits for a word before it sends the body."""
        self.is_cut_off = False
        """What was taken last was not whole: nothing that follows on this connection makes sense."""

    def __len__(self) -> int:
        return len(self._heard)

    def add(self, data: bytes) -> None:
        self._heard += data

    def take(self) -> bytes | None:
        """The next request, None while it is not whole."""
        while self._heard.startswith(b"\r\n"):  # allowed before a request line
            del self._heard[:2]
        end = self._end() if self._heard else None
        return None if end is None else self._cut(end)

    def _cut(self, end: int) -> bytes:
        taken = bytes(self._heard[:end])
        del self._heard[:end]
        self._chunk_at = self._body_size = 0
        self.expects_continue = False
        return taken

    def _end(self) -> int | None:
        if self._chunk_at:
            return self._end_of_chunks()
        body_at = self._heard.find(b"\r\n\r\n") + 4
        if body_at < 4:
            return self._too_much() if len(self._heard) > LARGEST_HEAD else None
        head = bytes(self._heard[:body_at])
        length, coding = _LENGTH.search(head), _CODING.search(head)
        self.expects_continue = _EXPECT.search(head) is not None
        if coding is None:
            return self._end_of_body(body_at, length[1] if length else b"")
        if length or coding[1].strip().lower() != b"chunked":  # with both, an attempt to smuggle a request
            return self._too_much()
        self._chunk_at = body_at
        return self._end_of_chunks()

    def _end_of_body(self, body_at: int, digits: bytes) -> int | None:
        if len(digits) > MOST_DIGITS or (length := int(digits or b"0")) > LARGEST_BODY:
            return self._too_much()
        return body_at + length if len(self._heard) >= body_at + length else None

    def _end_of_chunks(self) -> int | None:
        """Goes on where it stopped the last time."""
        while (line_end := self._heard.find(b"\r\n", self._chunk_at)) >= 0:
            size = _CHUNK_SIZE.match(self._heard[self._chunk_at : line_end])
            if not size or self._body_size > LARGEST_BODY:
                return self._too_much()
            if not (units := int(size[1], 16)):
                return self._end_of_trailers(line_end)
            if len(self._heard) < line_end + 4 + units:
                return None
            self._chunk_at = line_end + 4 + units
            self._body_size += units
        return self._too_much() if len(self._heard) - self._chunk_at > LARGEST_HEAD else None

    def _end_of_trailers(self, last_line: int) -> int | None:
        end = self._heard.find(b"\r\n\r\n", last_line)
        if end < 0 and len(self._heard) - last_line > LARGEST_HEAD:
            return self._too_much()
        return end + 4 if end >= 0 else None

    def _too_much(self) -> int:
        self.is_cut_off = True
        return len(self._heard)
