"""What the build makes of the protocol: messages by protoc, and a method for every unary call."""

import shutil
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2 as pb
from grpc_tools import protoc

HERE = Path(__file__).parent.resolve()
#: In the repository, and in a source distribution.
REPOSITORY = HERE.parent.parent
INPUTS = HERE / "protocol"

Field = pb.FieldDescriptorProto

SCALARS = {
    Field.TYPE_DOUBLE: "float",
    Field.TYPE_FLOAT: "float",
    Field.TYPE_INT64: "int",
    Field.TYPE_UINT64: "int",
    Field.TYPE_INT32: "int",
    Field.TYPE_UINT32: "int",
    Field.TYPE_FIXED32: "int",
    Field.TYPE_BOOL: "bool",
    Field.TYPE_STRING: "str",
    Field.TYPE_BYTES: "bytes",
}


def inputs() -> tuple[Path, Path]:
    """The folder of the protocol, and the published service config."""
    if INPUTS.exists():
        return INPUTS / "proto", INPUTS / "service-config.json"
    return REPOSITORY / "proto", REPOSITORY / "client" / "service-config.json"


def copy_inputs(folder: Path) -> None:
    proto, config = inputs()
    for source in [*proto.glob("depthmesh/v1/*.proto"), *proto.glob("google/**/*.proto")]:
        target = folder / "protocol" / "proto" / source.relative_to(proto)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    shutil.copy(config, folder / "protocol" / "service-config.json")


def generate(target: Path) -> None:
    """Writes depthmesh/v1, depthmesh/_calls.py and service-config.json below `target`."""
    proto, config = inputs()
    files = sorted(str(path.relative_to(proto)) for path in proto.glob("depthmesh/v1/*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        described = Path(folder) / "descriptors.binpb"
        arguments = [
            *("protoc", f"-I{proto}", f"-I{Path(protoc.__file__).parent / '_proto'}"),
            *(f"--python_out={target}", f"--pyi_out={target}"),
            *(f"--descriptor_set_out={described}", "--include_source_info"),
        ]
        if protoc.main([*arguments, *files]) != 0:
            raise SystemExit("protoc failed")
        descriptors = pb.FileDescriptorSet.FromString(described.read_bytes())
    package = target / "depthmesh"
    (package / "v1" / "__init__.py").write_text('"""The messages of the public API."""\n')
    (package / "_calls.py").write_text(calls(descriptors))
    shutil.copy(config, package / "service-config.json")


class Types:
    """Names of messages and enums in Python, and the modules that they come from."""

    def __init__(self, descriptors: pb.FileDescriptorSet) -> None:
        self.modules: set[str] = set()
        self.messages: dict[str, pb.DescriptorProto] = {}
        for file in descriptors.file:
            for message in file.message_type:
                self.messages[f".{file.package}.{message.name}"] = message
        self._files = {
            f".{file.package}.{each.name}": file.name
            for file in descriptors.file
            for each in [*file.message_type, *file.enum_type]
        }
        for name, file in {
            ".google.protobuf.Timestamp": "google/protobuf/timestamp.proto",
            ".google.protobuf.Empty": "google/protobuf/empty.proto",
        }.items():
            self._files[name] = file

    def name(self, type_name: str) -> str:
        file = self._files[type_name].removesuffix(".proto")
        package, module = file.rsplit("/", 1)
        self.modules.add(f"from {package.replace('/', '.')} import {module}_pb2")
        return f"{module}_pb2.{type_name.rsplit('.', 1)[1]}"

    def of(self, field: Field, owner: pb.DescriptorProto) -> str:
        if field.type == Field.TYPE_MESSAGE:
            nested = {f".{each.name}": each for each in owner.nested_type}
            entry = nested.get("." + field.type_name.rsplit(".", 1)[1])
            if entry is not None and entry.options.map_entry:
                key, value = entry.field
                return f"Mapping[{self.of(key, entry)}, {self.of(value, entry)}]"
            one = self.name(field.type_name)
        elif field.type == Field.TYPE_ENUM:
            one = f"{self.name(field.type_name)} | str"
        else:
            one = SCALARS[field.type]
        return f"Iterable[{one}]" if field.label == Field.LABEL_REPEATED else one


def calls(descriptors: pb.FileDescriptorSet) -> str:
    types = Types(descriptors)
    table: list[str] = []
    methods: dict[str, list[str]] = {"UnaryCalls": [], "AsyncUnaryCalls": []}
    for file in descriptors.file:
        comments = {
            tuple(each.path): each.leading_comments.strip() for each in file.source_code_info.location
        }
        for at, service in enumerate(file.service):
            for index, method in enumerate(service.method):
                path = f"/{file.package}.{service.name}/{method.name}"
                request, response = types.name(method.input_type), types.name(method.output_type)
                described_method = f'Method("{path}", {request}, {response})'
                table.append(f'    "{service.name}.{method.name}": {described_method},')
                if method.client_streaming or method.server_streaming:
                    continue
                comment = comments.get((6, at, 2, index), "")
                for kind, lines in methods.items():
                    lines += unary(types, method, described_method, comment, kind.startswith("Async"))
    return "\n".join(
        [
            '"""A method for each unary call. Generated by generate.py: do not edit."""',
            "",
            "from collections.abc import Iterable, Mapping",
            "from typing import Any",
            "",
            *sorted(types.modules),
            "",
            "from depthmesh._method import Method, Req, Res",
            "",
            "METHODS: dict[str, Method[Any, Any]] = {",
            *table,
            "}",
            "",
            *(line for name, lines in methods.items() for line in [*head(name), *lines]),
        ]
    )


def head(name: str) -> list[str]:
    asynchronous = "async " if name.startswith("Async") else ""
    return [
        "",
        f"class {name}:",
        f"    {asynchronous}def call(",
        "        self, method: Method[Req, Res], request: Req, *, timeout: float | None = None",
        "    ) -> Res:",
        '        """Any unary call. `timeout` is its deadline in seconds. Raises DepthmeshError."""',
        "        raise NotImplementedError",
        "",
    ]


def unary(
    types: Types, method: pb.MethodDescriptorProto, described: str, comment: str, asynchronous: bool
) -> list[str]:
    message = types.messages[method.input_type]
    fields = [(field.name, types.of(field, message)) for field in message.field]
    empty = method.output_type == ".google.protobuf.Empty"
    result = "None" if empty else types.name(method.output_type)
    parameters = [f"{field}: {kind} | None = None" for field, kind in fields]
    keywords = [*parameters[:1], "*", *parameters[1:], "timeout: float | None = None"]
    call = f'self.call({described}, request, timeout=timeout)'
    if asynchronous:
        call = f"await {call}"
    arguments = ", ".join(f"{field}={field}" for field, _ in fields)
    return [
        f"    {'async ' if asynchronous else ''}def {snake(method.name)}(",
        f"        self, {', '.join(keywords)}",
        f"    ) -> {result}:",
        f'        """{comment or method.name}"""',
        f"        request = {types.name(method.input_type)}({arguments})",
        f"        {call if empty else f'return {call}'}",
        "",
    ]


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


if __name__ == "__main__":
    import sys

    generate(Path(sys.argv[1]))
