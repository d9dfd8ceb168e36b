"""A plain client with the library `websockets`, controlled by lines of JSON.

Usage: python3 client.py URL [SUBPROTOCOL]

A line of the input is a pair: ["text", message], ["bytes", message] or ["close", code].
A line of the output is an event: ["open", subprotocol or null], ["message", text], ["ping"], ["closed", code].
"""

import asyncio
import json
import logging
import sys

import websockets

# Bytes of the longest line of the input.
LONGEST_LINE = 1_048_576


def tell(*event):
    print(json.dumps(event), flush=True)


class Pings(logging.Handler):
    """Tells of pings. The library answers them by itself, and writes them to its log only."""

    def emit(self, record):
        if record.getMessage().startswith("< PING"):
            tell("ping")


async def obey(socket):
    lines = asyncio.StreamReader(limit=LONGEST_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        command, value = json.loads(line)
        if command == "close":
            await socket.close(value)
        else:
            await socket.send(value.encode() if command == "bytes" else value)


async def run(url, *subprotocols):
    log = logging.getLogger("websockets")
    log.setLevel(logging.DEBUG)
    log.addHandler(Pings())
    # It sends no pings of its own: the server is to see that it lives by its answers.
    async with websockets.connect(url, subprotocols=subprotocols or None, ping_interval=None) as socket:
        tell("open", socket.subprotocol)
        obeying = asyncio.create_task(obey(socket))
        try:
            async for message in socket:
                tell("message", message)
        except websockets.ConnectionClosedError:
            # Every code but 1000 and 1001.
            pass
        tell("closed", socket.close_code)
        obeying.cancel()


asyncio.run(run(*sys.argv[1:]))
