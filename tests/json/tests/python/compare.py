"""Compares the JSON of each case with what protobuf makes of the same bytes.

compare.py PROTOS STUBS CASES: the folder of the protos, an empty one for their stubs, and a file with one case a line.
A case that was published has a channel and an event as well.
"""

import importlib
import json
import pathlib
import sys

import grpc_tools
import wrapper
from google.protobuf import json_format
from grpc_tools import protoc


def messages(protos, stubs):
    """The classes of all messages by their names; makes the stubs anew."""
    names = [path.relative_to(protos) for path in sorted(protos.rglob("*.proto"))]
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    options = [f"-I{protos}", f"-I{well_known}", f"--python_out={stubs}"]
    if protoc.main(["protoc", *options, *map(str, names)]) != 0:
        sys.exit("protoc failed")
    sys.path.insert(0, str(stubs))
    found = {}
    for name in names:
        module = importlib.import_module(".".join(name.with_suffix("").parts) + "_pb2")
        for message in module.DESCRIPTOR.message_types_by_name.values():
            found[message.full_name] = getattr(module, message.name)
    return found


def once(pairs):
    """An object, no key of which may come twice."""
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a key comes twice: {keys}")
    return dict(pairs)


def shown(value):
    """Text that tells 1 from 1.0 and from true, and 0.0 from -0.0."""
    return json.dumps(value, sort_keys=True)


def differences(python, ours):
    """One line for each key that has not the same value."""
    for field in sorted({**python, **ours}):
        of_python, of_ours = (shown(side[field]) if field in side else "nothing" for side in (python, ours))
        if of_python != of_ours:
            yield f"{field}: Python prints {of_python}, we print {of_ours}"


def compared(case, message):
    """What differs between a case and what Python makes of its message."""
    ours = json.loads(case["json"], object_pairs_hook=once)
    if "side" not in case:
        yield from differences(json_format.MessageToDict(message, preserving_proto_field_name=True), ours)
        return
    now = wrapper.now(ours.get("timestamp"), case["between"])
    python = wrapper.published(message, case["side"], case["client_id"], now)
    yield from differences(python.pop("data"), ours)
    yield from differences(python, {key: case[key] for key in python})


def main():
    protos, stubs, cases = map(pathlib.Path, sys.argv[1:])
    classes = messages(protos, stubs)
    count = wrong = 0
    for line in cases.open(encoding="utf-8"):
        case = json.loads(line)
        name = f"{case['type']}, {case['name']}"
        message = classes[case["type"]].FromString(bytes.fromhex(case["wire"]))
        try:
            found = list(compared(case, message))
        except ValueError as error:
            found = [f"{error} in {case['json']}"]
        count += 1
        wrong += bool(found)
        for difference in found:
            print(f"{name}: {difference}")
    print(f"{wrong} of {count} messages differ")
    sys.exit(1 if wrong or not count else 0)


main()
