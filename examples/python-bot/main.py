"""A bot that trades: `python main.py 127.0.0.1:50051 --id bot-7`. It leaves in good order with Ctrl-C."""

import argparse
import asyncio
import contextlib
import json
import logging
import random
import signal
import sys

import grpc
from bot import Bot, Closed, Ended
from trading.v1 import trading_pb2 as pb

STRATEGIES = ["grid", "trend"]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server", metavar="HOST:PORT")
    parser.add_argument("--id", default="bot-py", help="the bot's name (%(default)s)")
    parser.add_argument("--interval", type=float, default=0.5, metavar="S", help="seconds between trades (%(default)s)")
    parser.add_argument("--gzip", action="store_true", help="compress what is sent")
    return parser.parse_args()


class Trader(Bot):
    """Trades from its start to its stop. Its handlers are found by their names."""

    trading = False

    async def on_start(self, start: pb.Start) -> str:
        if start.strategy not in STRATEGIES:
            raise ValueError(f"no strategy `{start.strategy}`; there are {', '.join(STRATEGIES)}")
        self.trading = True
        return f"trading by {start.strategy}"

    async def on_stop(self, stop: pb.Stop) -> str:
        self.trading = False
        return "stopped"

    async def on_request_config_schema(self, _: pb.RequestConfigSchema) -> pb.ConfigSchema:
        schema = {"type": "object", "properties": {"strategy": {"type": "string", "enum": STRATEGIES}}}
        return pb.ConfigSchema(json=json.dumps(schema))

    async def work(self, interval: float) -> None:
        # No message can be queued once the bot leaves.
        with contextlib.suppress(Closed):
            while True:
                if self.trading:
                    side = random.choice([pb.SIDE_BUY, pb.SIDE_SELL])
                    price = round(random.uniform(40_000, 60_000), 2)
                    await self.trade(pb.Trade(symbol="BTC-EUR", side=side, price=price, quantity=0.5))
                await asyncio.sleep(interval)


async def main() -> int:
    args = arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    bot = Trader(args.id, args.server, compression=grpc.Compression.Gzip if args.gzip else None)
    working = asyncio.create_task(bot.work(args.interval))
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, bot.close)
    try:
        await bot.run()
    except Ended as ended:
        logging.error("ended for good: %s", ended)
        return 1
    finally:
        working.cancel()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
