"""What the Python system published of a message: its channel, its event and the data.

It took the message's JSON and put it over the two keys of the event, so that a field with one of these names wins.
"""

from datetime import datetime, timedelta, timezone

from google.protobuf import json_format

PREFIX = "grpc"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def published(message, side, client_id, now):
    """The publication of a "message" that the client sent, or of a "command" that it got."""
    field = variant(message)
    own = json_format.MessageToDict(message, preserving_proto_field_name=True)
    name = f"command_{field}" if side == "command" else field
    event_type = f"grpc_{side}_{field}"
    return {
        "channel": f"{PREFIX}#{client_id}#{name}",
        "event_type": event_type,
        "data": {"event_type": event_type, "timestamp": now, **own},
    }


def variant(message):
    """The field that is set of the first oneof of which one is, else the first field that is."""
    chosen = (message.WhichOneof(oneof.name) for oneof in message.DESCRIPTOR.oneofs)
    return next(filter(None, chosen), None) or message.ListFields()[0][0].name


def now(text, between):
    """`text` if it is a time between these microseconds as the system wrote it, else what it should have been."""
    earliest, latest = (EPOCH + timedelta(microseconds=micros) for micros in between)
    try:
        time = datetime.fromisoformat(text)
        if earliest <= time <= latest and time.isoformat() == text and time.utcoffset() == timedelta():
            return text
    except (TypeError, ValueError):
        pass
    return f"a time from {earliest.isoformat()} to {latest.isoformat()}"
