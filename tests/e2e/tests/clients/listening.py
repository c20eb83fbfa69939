"""A bot whose requests end after the first message, and that goes on listening: `listening.py HOST:PORT ID`."""

import asyncio
import sys

import grpc
from trading.v1 import trading_pb2 as pb
from trading.v1 import trading_pb2_grpc as rpc


async def main() -> None:
    target, client_id = sys.argv[1:]

    async def requests():
        yield pb.BotMessage(client_id=client_id, heartbeat=pb.Heartbeat())

    async with grpc.aio.insecure_channel(target) as channel:
        async for command in rpc.TradingBotsStub(channel).Connect(requests()):
            print(command.WhichOneof("payload"), command.start.strategy, flush=True)
            if command.WhichOneof("payload") == "stop":
                return


asyncio.run(main())
