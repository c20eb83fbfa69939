"""The example's bot under test: it does what a line on its input says, and prints what happens.

    peer.py HOST:PORT ID        `trade SYMBOL`: reports a trade; `go`: lets handlers that wait go on; `close`: leaves
"""

import asyncio
import logging
import sys

from bot import Bot, Ended
from trading.v1 import trading_pb2 as pb


class Peer(Bot):
    def __init__(self, client_id: str, target: str) -> None:
        super().__init__(client_id, target)
        self.executed = 0
        self.go = asyncio.Event()

    async def on_start(self, start: pb.Start) -> str:
        self.executed += 1
        print(f"executing {start.strategy}", flush=True)
        if start.strategy == "fail":
            raise ValueError("not this strategy")
        if start.strategy == "wait":
            await self.go.wait()
        return f"{start.strategy} as number {self.executed}"

    async def obey(self) -> None:
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while line := (await lines.readline()).decode():
            match line.split():
                case ["trade", symbol]:
                    await self.trade(pb.Trade(symbol=symbol))
                    print(f"queued {symbol}", flush=True)
                case ["go"]:
                    self.go.set()
                case ["close"]:
                    self.close()


async def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    target, client_id = sys.argv[1:]
    peer = Peer(client_id, target)
    obeying = asyncio.create_task(peer.obey())
    print("running", flush=True)
    try:
        await peer.run()
    except Ended as ended:
        print(f"ended for good: {ended}", flush=True)
        return 1
    finally:
        obeying.cancel()
    return 0


sys.exit(asyncio.run(main()))
