#!/usr/bin/env python3
"""A trading bot in Python: the other end of a hub, with nothing but grpcio.

    pip install -r requirements.txt
    python bot.py 127.0.0.1:50051 --id bot-7

It makes its stubs from proto/trading/v1/trading.proto when it starts. What happens is printed as one JSON object per
line. It leaves with code 0 when it is told to stop or when the server ends the stream in good order, else with 1.
"""

import argparse
import asyncio
import contextlib
import importlib
import json
import pathlib
import random
import sys
import tempfile

import grpc
import grpc_tools.protoc
from google.protobuf.json_format import MessageToDict

PROTOS = pathlib.Path(__file__).resolve().parents[2] / "proto"
PROTO = "trading/v1/trading.proto"
# How long a bot that was told to stop waits for the server to end the stream, in seconds.
LEAVE = 2.0
CONFIG_SCHEMA = {
    "type": "object",
    "properties": {"strategy": {"type": "string", "enum": ["grid", "trend"]}},
}


def main() -> int:
    args = arguments()
    with tempfile.TemporaryDirectory() as folder:
        pb, rpc = stubs(args.protos, folder)
        return asyncio.run(Bot(args, pb).run(rpc))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server", metavar="HOST:PORT")
    parser.add_argument("--id", default="bot-py", help="the bot's name (%(default)s)")
    parser.add_argument("--messages", type=int, default=10, metavar="N", help="trades to send (%(default)s)")
    parser.add_argument("--interval", type=float, default=0.2, metavar="S", help="seconds between trades (%(default)s)")
    parser.add_argument("--heartbeat", type=float, default=5.0, metavar="S", help="seconds between heartbeats (%(default)s)")
    parser.add_argument("--gzip", action="store_true", help="compress what is sent")
    parser.add_argument("--listen", action="store_true", help="end the requests after the first message, and listen")
    parser.add_argument("--protos", type=pathlib.Path, default=PROTOS, metavar="DIR", help="where the protos are")
    return parser.parse_args()


def stubs(protos: pathlib.Path, folder: str):
    """The modules of the messages and of the service, made in `folder`."""
    status = grpc_tools.protoc.main(
        ["protoc", f"-I{protos}", f"--python_out={folder}", f"--grpc_python_out={folder}", PROTO]
    )
    if status != 0:
        sys.exit(f"{protos / PROTO} cannot be compiled")
    sys.path.insert(0, folder)
    module = PROTO.removesuffix(".proto").replace("/", ".")
    return importlib.import_module(f"{module}_pb2"), importlib.import_module(f"{module}_pb2_grpc")


def report(event: str, **what) -> None:
    print(json.dumps({"event": event, **what}), flush=True)


class Bot:
    def __init__(self, args: argparse.Namespace, pb) -> None:
        self.args = args
        self.pb = pb
        # What is to be sent; None ends the bot's half of the stream. Without a bound, so that reading never waits for
        # writing: two sides that both only write would wait for each other for ever.
        self.outbox = asyncio.Queue()
        self.leaving = False
        self.trading = asyncio.Event()
        self.trading.set()
        # Set when the bot was told to stop and has sent all that it had to say.
        self.stopped = asyncio.Event()

    async def run(self, rpc) -> int:
        # The server knows the bot from its first message, so one is there before the call begins.
        self.send(heartbeat=self.heartbeat())
        if self.args.listen:
            self.leave()
        compression = grpc.Compression.Gzip if self.args.gzip else None
        async with grpc.aio.insecure_channel(self.args.server, compression=compression) as channel:
            call = rpc.TradingBotsStub(channel).Connect(self.requests())
            reading = asyncio.create_task(self.read(call))
            work = [] if self.args.listen else [asyncio.create_task(self.trade()), asyncio.create_task(self.beat())]
            stopped = asyncio.create_task(self.stopped.wait())
            await asyncio.wait([reading, stopped], return_when=asyncio.FIRST_COMPLETED)
            for task in work:
                task.cancel()
            # A server that goes on sending to a bot that has stopped is not waited for.
            await asyncio.wait([reading], timeout=LEAVE if self.stopped.is_set() else None)
            call.cancel()
            code, details = await call.code(), await call.details()
        report("ended", code=code.name, details=details)
        return 0 if self.stopped.is_set() or code is grpc.StatusCode.OK else 1

    async def requests(self):
        """What grpcio takes messages from, one whenever the stream has room."""
        while (message := await self.outbox.get()) is not None:
            yield message
            variant = message.WhichOneof("payload")
            report("sent", variant=variant, payload=as_dict(getattr(message, variant)))
        if not self.args.listen:
            self.stopped.set()

    def send(self, **payload) -> None:
        if not self.leaving:
            self.outbox.put_nowait(self.pb.BotMessage(client_id=self.args.id, **payload))

    def leave(self) -> None:
        """Ends the bot's half of the stream, after what is queued."""
        if not self.leaving:
            self.leaving = True
            self.outbox.put_nowait(None)

    async def read(self, call) -> None:
        """The only reader of the stream; ends with it."""
        # The status of a stream that failed is read from the call afterwards.
        with contextlib.suppress(grpc.aio.AioRpcError):
            await call.initial_metadata()
            if not call.done():
                report("connected", id=self.args.id)
            async for command in call:
                self.obey(command)

    def obey(self, command) -> None:
        variant = command.WhichOneof("payload")
        payload = as_dict(getattr(command, variant)) if variant else {}
        report("command", variant=variant, command_id=command.command_id, payload=payload)
        match variant:
            case "ping":
                self.send(pong=self.pb.Pong(sequence=command.ping.sequence))
            case "request_config_schema":
                schema = json.dumps(CONFIG_SCHEMA)
                self.send(config_schema=self.pb.ConfigSchema(command_id=command.command_id, json=schema))
            case "start":
                self.trading.set()
                self.ack(command, message=f"trading by {command.start.strategy or 'habit'}")
            case "stop":
                self.trading.clear()
                self.ack(command, message="stopped")
                # Nothing is left to do: all that was queued goes out, then the bot's half of the stream ends.
                self.leave()
                if self.args.listen:
                    self.stopped.set()
            case _:
                self.ack(command, error=f"this bot does not know {variant or 'the command'}")

    def ack(self, command, message: str = "", error: str = "") -> None:
        ack = self.pb.CommandAck(command_id=command.command_id, success=not error, message=message, error=error)
        self.send(command_ack=ack)

    async def trade(self) -> None:
        for _ in range(self.args.messages):
            await self.trading.wait()
            side = random.choice([self.pb.SIDE_BUY, self.pb.SIDE_SELL])
            price = round(random.uniform(40_000, 60_000), 2)
            self.send(trade=self.pb.Trade(symbol="BTC-EUR", side=side, price=price, quantity=0.5))
            await asyncio.sleep(self.args.interval)

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(self.args.heartbeat)
            self.send(heartbeat=self.heartbeat())

    def heartbeat(self):
        return self.pb.Heartbeat(cpu=round(random.uniform(0.01, 0.2), 3), memory_bytes=48 << 20)


def as_dict(message) -> dict:
    return MessageToDict(message, preserving_proto_field_name=True)


if __name__ == "__main__":
    sys.exit(main())
