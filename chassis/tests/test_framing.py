"""Where a request ends, however it comes in."""

import pytest

from chassis.server.framing import LARGEST_BODY, LARGEST_HEAD, Incoming

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n\r\nhello"
CHUNKS = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=b\r\nabc\r\nA\r\n0\r\n\r\n67890\r\n0\r\n\r\n"
TRAILERS = CHUNKS[:-2] + b"Digest: none\r\n\r\n"
ZEROS = POST.replace(b"length: 5", b"length: 00000000000000000000000005")
WHOLE = [GET, POST, ZEROS, CHUNKS, TRAILERS]


def incoming(*pieces: bytes) -> Incoming:
    made = Incoming()
    for piece in pieces:
        made.add(piece)
    return made


@pytest.mark.parametrize("request_", WHOLE)
def test_a_request_is_taken_when_its_last_byte_is_there_and_not_before(request_):
    one = Incoming()
    for number in range(len(request_)):
        assert one.take() is None, request_[:number]
        one.add(request_[number : number + 1])
    assert one.take() == request_
    assert (one.take(), len(one), one.is_cut_off) == (None, 0, False)


@pytest.mark.parametrize("first", WHOLE)
@pytest.mark.parametrize("second", WHOLE)
def test_two_requests_that_come_together_are_two(first, second):
    both = incoming(first + b"\r\n" + second + b"GET")
    assert (both.take(), both.take(), both.take()) == (first, second, None)
    assert len(both) == 3


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (LARGEST_BODY + 1),
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"x" * (LARGEST_HEAD + 1),
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * (LARGEST_HEAD + 1),
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"1" * (LARGEST_HEAD + 1),
    ],
)
def test_what_makes_no_sense_or_is_too_large_is_taken_at_once_and_is_the_last(head):
    odd = incoming(head)
    assert odd.take() == head
    assert odd.is_cut_off


def test_chunks_are_not_collected_for_ever():
    endless = incoming(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    mebibyte = b"100000\r\n" + b"x" * 1024 * 1024 + b"\r\n"
    pieces = 0
    while endless.take() is None:
        endless.add(mebibyte)
        pieces += 1
    assert LARGEST_BODY < pieces * 1024 * 1024 <= LARGEST_BODY + 2 * 1024 * 1024


def test_a_client_that_waits_to_be_told_to_go_on_is_known():
    one = incoming(POST.replace(b"\r\n\r\nhello", b"\r\nExpect: 100-continue\r\n\r\n"))
    assert one.take() is None
    assert one.expects_continue
    one.add(b"hello")
    assert one.take() is not None
    assert not one.expects_continue
