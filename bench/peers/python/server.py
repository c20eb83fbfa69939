"""The benchmark's server on grpcio's aio, built as streaming services in Python are: a registry of output queues, a task
that reads and one that writes per stream, and a publication for every message and command, to a publisher that does
nothing. It prints its address, and serves until its standard input ends."""

import asyncio
import sys

import grpc

# Seconds of silence before a ping, and what a queue holds.
PING_INTERVAL = 5.0
QUEUE = 100

# The folder that the proto lies in.
sys.path.append(sys.argv[1])
pb, services = grpc.protos_and_services("bench/v1/bench.proto")


class Publisher:
    """Takes everything, and does nothing with it."""

    async def publish(self, channel, message):
        pass


class Session:
    """One stream's client, once it has said who it is, and its commands."""

    def __init__(self):
        self.client_id = None
        self.queue = asyncio.Queue(maxsize=QUEUE)


class Streaming:
    """All streams of the service, by client."""

    def __init__(self, processor, publisher):
        self.processor = processor
        self.publisher = publisher
        self.queues = {}

    async def handle(self, messages, context):
        # Clients may wait for the headers before they say anything.
        await context.send_initial_metadata(())
        session = Session()
        reading = asyncio.create_task(self.read(messages, session))
        try:
            async for command in self.write(session):
                yield command
            await reading
        except ValueError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        finally:
            reading.cancel()

    async def read(self, messages, session):
        try:
            async for message in messages:
                if session.client_id is None:
                    if not message.client_id:
                        raise ValueError("no client id")
                    session.client_id = message.client_id
                    self.queues[session.client_id] = session.queue
                field = message.WhichOneof("payload")
                await self.publisher.publish(f"grpc#{session.client_id}#{field}", message)
                await self.processor(field, message, session.queue)
                # The writing task has its turn.
                await asyncio.sleep(0)
        finally:
            if self.queues.get(session.client_id) is session.queue:
                del self.queues[session.client_id]
            # What is queued before it is still written.
            await session.queue.put(None)

    async def write(self, session):
        sequence = 0
        while True:
            try:
                command = await asyncio.wait_for(session.queue.get(), PING_INTERVAL)
            except asyncio.TimeoutError:
                sequence += 1
                command = pb.BotCommand(ping=pb.Ping(sequence=sequence))
            if command is None:
                return
            field = command.WhichOneof("payload")
            await self.publisher.publish(f"grpc#{session.client_id}#command_{field}", command)
            yield command


async def echo(field, message, queue):
    """Sends trades back, and takes note of nothing else."""
    if field == "trade":
        await queue.put(pb.BotCommand(start=pb.Start(strategy=message.trade.symbol)))


class Bots(services.BotsServicer):
    def __init__(self):
        self.streaming = Streaming(echo, Publisher())

    async def Connect(self, messages, context):
        async for command in self.streaming.handle(messages, context):
            yield command


async def main():
    server = grpc.aio.server()
    services.add_BotsServicer_to_server(Bots(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"127.0.0.1:{port}", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.stop(0)


asyncio.run(main())
