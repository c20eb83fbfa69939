"""The other end of a hub for bots in Python: one file to copy into a project, on grpcio and protobuf alone.

    bot = Bot("bot-7", "localhost:50051")

    @bot.on("start")
    async def start(start: pb.Start) -> str:
        return f"trading by {start.strategy}"  # what the ack says; an exception becomes a failed ack

    await bot.run()  # until `bot.close()`; raises `Ended` where the hub does not want the bot back

`Link` is the same for every contract: it connects, comes back when the stream is lost, goes on with its session, answers
pings, and executes no command twice. `Bot` is all that knows the proto: another contract needs another one. The rules
are those of docs/clients.md. What happens is logged by the logger `bot`.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from abc import ABC, abstractmethod
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import grpc
from google.protobuf.message import Message
from trading.v1 import trading_pb2 as pb
from trading.v1 import trading_pb2_grpc as rpc

log = logging.getLogger("bot")

# Times in seconds.
OPENING = 10.0  # How long a stream may take to open.
SILENCE = 90.0  # A hub that says nothing for so long is given up; its pings come more often.
FIRST_DELAY, MAX_DELAY = 2.0, 30.0  # The bound of the delay before the next attempt, which doubles.
HELD = 30.0  # After a stream that was open for so long the bound is the first one again.
LEAVING = 10.0  # How long a bot that leaves waits for its last words to be taken.
REMEMBERED, REMEMBERED_FOR = 10_000, 300.0  # Commands whose answers are kept, and how long.
QUEUE = 1_000  # Messages that wait to be sent, and commands that wait for a handler.
MAX_MESSAGE = 4 << 20  # What gRPC peers accept unless told otherwise, in bytes.

OPTIONS = [
    # Notices a lost connection; it reaches the next hop only, hence `SILENCE` as well.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    ("grpc.max_send_message_length", MAX_MESSAGE),
    # Else a new channel goes on with the connection of the old one, which may lead to a hub that drains.
    ("grpc.use_local_subchannel_pool", 1),
]

# There is no use in coming back after these.
LAST = {
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.FAILED_PRECONDITION,
}


class Ended(Exception):
    """The hub does not want the bot back: its status, the text with it, and the reason's name (`streaming-end`)."""

    def __init__(self, code: grpc.StatusCode, details: str, reason: str) -> None:
        super().__init__(f"{code.name} {reason}: {details}")
        self.code, self.details, self.reason = code, details, reason


class Closed(Exception):
    """The bot leaves, or has left: the message was not taken."""


Handler = Callable[[Any], Awaitable[Any]]


class Link(ABC):
    """A client of a hub, for any contract.

    `credentials` are for TLS; `metadata` gives the request's headers, anew for each stream: a token, for instance. `silence`
    is `None` for a hub that sends no pings.
    """

    # Whether ids of commands are 32-bit numbers: they are counted anew in each session.
    COUNTED_IDS = False

    def __init__(
        self,
        client_id: str,
        target: str,
        *,
        credentials: grpc.ChannelCredentials | None = None,
        metadata: Callable[[], Sequence[tuple[str, str]]] = list,
        compression: grpc.Compression | None = None,
        silence: float | None = SILENCE,
    ) -> None:
        self.client_id, self.target = client_id, target
        self.credentials, self.metadata, self.compression = credentials, metadata, compression
        self.silence = silence
        self._handlers: dict[str, Handler] = {}
        # What is to be sent, pongs apart; it outlives a stream. Everybody who waits for a change of these waits for this.
        self._queue: deque[Message] = deque()
        self._pongs: deque[Message] = deque()
        self._changed = asyncio.Condition()
        self._closing = asyncio.Event()
        # Commands that wait for their handlers, each with what it is remembered by.
        self._commands: asyncio.Queue[tuple[Any, Message]] = asyncio.Queue(QUEUE)
        self._handling = False
        self._answers: OrderedDict[Any, tuple[float, Message | None]] = OrderedDict()
        # The hub's session: the key that it gave, and how many there were.
        self._key: str | None = None
        self._sessions = 0

    @abstractmethod
    def open(self, channel: grpc.aio.Channel) -> grpc.aio.StreamStreamMultiCallable[Any, Any]:
        """The rpc."""

    @abstractmethod
    def hello(self) -> Message:
        """The first message of a stream, which says who it is."""

    @abstractmethod
    def pong(self, command: Any) -> Message | None:
        """The answer to a ping; `None` for all else."""

    @abstractmethod
    def read(self, command: Any) -> tuple[Any, str | None, Any]:
        """The command's id (empty: nobody waits for an answer), its variant, and what that holds."""

    @abstractmethod
    def answer(self, command_id: Any, result: Any) -> Message:
        """The answer to a command: what its handler has returned, or the exception that it has raised."""

    def on(self, variant: str) -> Callable[[Handler], Handler]:
        """Makes a function the handler of a command. A subclass may have a method `on_<variant>` instead.

        Handlers run in the order of the commands, one at a time.
        """

        def decorate(handler: Handler) -> Handler:
            self._handlers[variant] = handler
            return handler

        return decorate

    async def send(self, message: Message) -> None:
        """Queues a message; waits for room. It is sent at most once: only an answer would prove that it has arrived.

        Cancelled before it returns, it has left nothing.
        """
        if message.ByteSize() > MAX_MESSAGE:
            raise ValueError(f"the message has {message.ByteSize()} bytes; the hub takes {MAX_MESSAGE}")
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._queue) < QUEUE or self._closing.is_set())
            if self._closing.is_set():
                raise Closed
            self._queue.append(message)
            self._changed.notify_all()

    def close(self) -> None:
        """Begins to leave: what is queued and the answers to what was read go out, then `run` returns."""
        self._closing.set()

    async def run(self) -> None:
        """Stays connected until `close`. To be called once."""
        staying = asyncio.create_task(self._stay())
        closing = asyncio.create_task(self._tell_closing())
        tasks = {staying, closing, asyncio.create_task(self._handle())}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if done == {closing}:
                done, _ = await asyncio.wait(tasks - {closing}, timeout=LEAVING, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.close()
            await self._tell_closing()

    async def _tell_closing(self) -> None:
        await self._closing.wait()
        async with self._changed:
            self._changed.notify_all()

    # Streams, one after the other.

    async def _stay(self) -> None:
        bound = FIRST_DELAY
        while True:
            held, code, details, trailers = await self._stream()
            reason = str(trailers.get("streaming-end", ""))
            if self._has_said_all():
                return
            if code in LAST or reason == "replaced":
                raise Ended(code, details, reason)
            if held >= HELD:
                bound = FIRST_DELAY
            # All that lost one hub at once must not come back at once, hence anything from 0 on. The hub may know better.
            delay = random.uniform(0, bound)
            bound = min(2 * bound, MAX_DELAY)
            pushback = str(trailers.get("grpc-retry-pushback-ms", ""))
            if pushback.isdecimal():
                delay = int(pushback) / 1000
            log.info("lost: %s %s, %s; next attempt in %.1f s", code.name, reason, details, delay)
            try:
                return await asyncio.wait_for(self._until_all_is_said(), delay)
            except asyncio.TimeoutError:
                pass

    async def _stream(self) -> tuple[float, grpc.StatusCode, str, grpc.aio.Metadata]:
        """One stream: how long it was open, and how it ended."""
        # A new one each time: one that has failed to connect waits by itself, up to two minutes.
        if self.credentials is None:
            channel = grpc.aio.insecure_channel(self.target, OPTIONS, self.compression)
        else:
            channel = grpc.aio.secure_channel(self.target, self.credentials, OPTIONS, self.compression)
        key = [] if self._key is None else [("streaming-session", self._key)]
        # A pong answers a ping of its own stream.
        self._pongs.clear()
        opened: float | None = None
        async with channel:
            call = self.open(channel)(metadata=[*self.metadata(), *key])
            taken = asyncio.Event()
            writing = asyncio.create_task(self._write(call, self.hello(), taken))
            try:
                headers = await asyncio.wait_for(call.initial_metadata(), OPENING)
                if not call.done():
                    opened = time.monotonic()
                    self._begin(headers)
                    taken.set()
                while (command := await asyncio.wait_for(call.read(), self.silence)) is not grpc.aio.EOF:
                    await self._take(command)
            except asyncio.TimeoutError:
                log.warning("the hub is silent")
                call.cancel()
            except grpc.aio.AioRpcError:
                pass  # The call knows its status.
            finally:
                writing.cancel()
                await asyncio.gather(writing, return_exceptions=True)
            held = 0.0 if opened is None else time.monotonic() - opened
            return held, await call.code(), await call.details() or "", await call.trailing_metadata()

    def _begin(self, headers: grpc.aio.Metadata) -> None:
        """The hub goes on with its session, or begins one."""
        key = headers.get("streaming-session")
        resumed = self._key is not None and headers.get("streaming-resumed") == "true"
        self._key = None if key is None else str(key)
        self._sessions += not resumed
        log.info("connected to %s, %s session", self.target, "the same" if resumed else "a new")

    async def _write(self, call: grpc.aio.StreamStreamCall[Any, Any], hello: Message, taken: asyncio.Event) -> None:
        """The only writer of a stream: who it is, then, once the hub has taken the stream, what is queued.

        By `write` and not from an iterator: one that belongs to a dead call would still take a message.
        """
        await call.write(hello)
        await taken.wait()
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self._pongs or self._queue or self._has_said_all())
                if call.done():
                    return
                queue = self._pongs or self._queue
                if not queue:
                    break
                message = queue.popleft()
                self._changed.notify_all()
            # From here on it is gRPC's: where the stream breaks now, nobody knows whether it has arrived.
            await call.write(message)
        await call.done_writing()

    async def _until_all_is_said(self) -> None:
        async with self._changed:
            await self._changed.wait_for(self._has_said_all)

    def _has_said_all(self) -> bool:
        """Whether the bot leaves, and nothing is to be sent any more."""
        busy = self._handling or not self._commands.empty() or len(self._queue) > 0
        return self._closing.is_set() and not busy

    # Commands.

    async def _take(self, command: Any) -> None:
        """What the reader does with a command. It waits for handlers that are far behind, and for nothing else."""
        pong = self.pong(command)
        if pong is not None:
            async with self._changed:
                self._pongs.append(pong)
                self._changed.notify_all()
            return
        command_id, *_ = self.read(command)
        memory = None
        # A server without sessions may mean another command by the same id.
        if command_id and self._key is not None:
            memory = (self._sessions if self.COUNTED_IDS else None, command_id)
        await self._commands.put((memory, command))

    async def _handle(self) -> None:
        """Executes commands in order. One that comes again waits behind the first, and finds its answer."""
        while True:
            memory, command = await self._commands.get()
            self._handling = True
            at, answer = self._answers.get(memory, (0.0, None))
            if answer is None or time.monotonic() - at > REMEMBERED_FOR:
                answer = await self._execute(command)
                self._remember(memory, answer)
            async with self._changed:
                if answer is not None:
                    # Also while the bot leaves.
                    await self._changed.wait_for(lambda: len(self._queue) < QUEUE)
                    self._queue.append(answer)
                self._handling = False
                self._changed.notify_all()

    async def _execute(self, command: Any) -> Message | None:
        command_id, variant, payload = self.read(command)
        handler = self._handlers.get(variant or "") or getattr(self, f"on_{variant}", None)
        result: Any
        if handler is None:
            result = LookupError(f"this bot does not know {variant or 'the command'}")
        else:
            # In a task of its own: a handler that is cancelled has failed, and the bot goes on.
            task = asyncio.create_task(self._call(handler, payload))
            try:
                await asyncio.wait({task})
            finally:
                task.cancel()
            result = asyncio.CancelledError("cancelled") if task.cancelled() else task.exception() or task.result()
        if isinstance(result, BaseException):
            log.error("%s failed", variant, exc_info=result)
        if not command_id:
            return None
        answer = self.answer(command_id, result)
        if answer.ByteSize() > MAX_MESSAGE:
            answer = self.answer(command_id, ValueError("the answer is too large"))
        return answer

    @staticmethod
    async def _call(handler: Handler, payload: Any) -> Any:
        return await handler(payload)

    def _remember(self, memory: Any, answer: Message | None) -> None:
        if memory is None:
            return
        now = time.monotonic()
        self._answers.pop(memory, None)
        self._answers[memory] = (now, answer)
        while len(self._answers) > REMEMBERED or now - next(iter(self._answers.values()))[0] > REMEMBERED_FOR:
            self._answers.popitem(last=False)


class Bot(Link):
    """A trading bot: what the fields of trading/v1/trading.proto are for."""

    def open(self, channel: grpc.aio.Channel) -> grpc.aio.StreamStreamMultiCallable[Any, Any]:
        return rpc.TradingBotsStub(channel).Connect

    def hello(self) -> pb.BotMessage:
        return self._message(heartbeat=pb.Heartbeat())

    def pong(self, command: pb.BotCommand) -> pb.BotMessage | None:
        if command.WhichOneof("payload") != "ping":
            return None
        return self._message(pong=pb.Pong(sequence=command.ping.sequence))

    def read(self, command: pb.BotCommand) -> tuple[str, str | None, Any]:
        variant = command.WhichOneof("payload")
        return command.command_id, variant, variant and getattr(command, variant)

    def answer(self, command_id: str, result: Any) -> pb.BotMessage:
        if isinstance(result, pb.ConfigSchema):
            result.command_id = command_id
            return self._message(config_schema=result)
        ack = pb.CommandAck(command_id=command_id, success=not isinstance(result, BaseException))
        if ack.success:
            ack.message = "" if result is None else str(result)
        else:
            ack.error = str(result) or type(result).__name__
        return self._message(command_ack=ack)

    async def trade(self, trade: pb.Trade) -> None:
        """Reports a trade, as `send` sends."""
        await self.send(self._message(trade=trade))

    async def heartbeat(self, heartbeat: pb.Heartbeat) -> None:
        """Reports how the bot is doing, as `send` sends."""
        await self.send(self._message(heartbeat=heartbeat))

    def _message(self, **payload: Any) -> pb.BotMessage:
        return pb.BotMessage(client_id=self.client_id, **payload)
