"""The services' own ports on the host, however many replicas a service has: `python ports.py 8000=user-service:8000 ...`

A port of the host belongs to one container, so replicas cannot publish it. This publishes it for all of them, and hands on what
comes, byte for byte and both ways: no HTTP is read here, so that a service answers as it would by itself.
"""

import asyncio
import random
import signal
import socket
import struct
import sys
from contextlib import suppress

CONNECT_SECONDS = 1.0
"""To one replica, before the next is tried."""
GRACE_SECONDS = 15.0
"""For connections to end by themselves, as gunicorn gives its requests."""
AT_ONCE = 65536

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def main(doors: list[str]) -> None:
    servers = [await open_door(door) for door in doors]
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    await over.wait()
    for server in servers:
        server.close()
    connections = asyncio.all_tasks() - {asyncio.current_task()}
    if connections:
        await asyncio.wait(connections, timeout=GRACE_SECONDS)


async def open_door(door: str) -> asyncio.Server:
    port, _, target = door.partition("=")
    name, _, there = target.rpartition(":")

    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        replica = await connect(name, int(there))
        if replica:
            await join((reader, writer), replica)
        else:
            break_off(writer)

    return await asyncio.start_server(hand_on, port=int(port), backlog=1024)


async def connect(name: str, port: int) -> Stream | None:
    """Any replica that is there."""
    with suppress(OSError):
        found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
        for *_, address in random.sample(found, len(found)):  # in any order: replicas share what comes
            with suppress(OSError):  # TimeoutError is one
                return await asyncio.wait_for(asyncio.open_connection(address[0], port), CONNECT_SECONDS)
    return None


async def join(one: Stream, other: Stream) -> None:
    """Each hears what the other says until both have ended; where one breaks off, so does the other."""
    ways = [asyncio.ensure_future(pass_on(one[0], other[1])), asyncio.ensure_future(pass_on(other[0], one[1]))]
    try:
        await asyncio.gather(*ways)
    except OSError:
        break_off(one[1])
        break_off(other[1])
        await asyncio.wait(ways)
    finally:
        one[1].close()
        other[1].close()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while heard := await reader.read(AT_ONCE):
        writer.write(heard)
        await writer.drain()
    writer.write_eof()


def break_off(writer: asyncio.StreamWriter) -> None:
    """With a reset, so that what was said is not taken for all there was to say."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
