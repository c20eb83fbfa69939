"""Sends a command to a bot and prints its answer: what any other process does, a Django view for instance.

    pip install -r ../python-bot/requirements.txt
    python send_command.py bot-007 start '{"strategy": "grid"}' --token TOKEN
    python send_command.py bot-007 request_config_schema --token TOKEN
"""

import argparse
import json
import os
import sys
from pathlib import Path

import grpc
from google.protobuf import json_format

# Made from the proto when this is run; a project would have generated modules.
sys.path.insert(0, str(Path(__file__).parent / "proto"))
pb, rpc = grpc.protos_and_services("trading/v1/trading.proto")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Sends a command to a bot and prints its answer.")
    parser.add_argument("bot", help="its id: bot-007")
    parser.add_argument("command", help="start, stop or request_config_schema")
    parser.add_argument("fields", nargs="?", default="{}", help="the command's fields as JSON")
    parser.add_argument("--server", default="127.0.0.1:50051", metavar="HOST:PORT")
    parser.add_argument("--token", default=os.environ.get("TRADING_BOTS_TOKEN"), help="the server prints it")
    parser.add_argument("--timeout", type=float, default=5.0, metavar="S", help="seconds to wait for the answer")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    if not args.token:
        sys.exit("no token: --token, or TRADING_BOTS_TOKEN; the address that the server prints has it")
    try:
        command = json_format.ParseDict({args.command: json.loads(args.fields)}, pb.BotCommand())
    except (json.JSONDecodeError, json_format.ParseError) as error:
        sys.exit(f"no such command: {error}")
    timeout_ms = round(args.timeout * 1000)
    request = pb.SendCommandRequest(client_id=args.bot, command=command, timeout_ms=timeout_ms)
    with grpc.insecure_channel(args.server) as channel:
        try:
            answer = rpc.TradingBotsStub(channel).SendCommand(
                request,
                # The server's answer says more than a deadline of our own: that comes later.
                timeout=args.timeout + 5,
                metadata=[("authorization", f"Bearer {args.token}")],
            )
        except grpc.RpcError as error:
            sys.exit(f"{error.code().name}: {error.details()}")
    print(json_format.MessageToJson(answer, preserving_proto_field_name=True))


if __name__ == "__main__":
    main()
