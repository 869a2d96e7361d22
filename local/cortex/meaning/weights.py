"""Reads the weights of a model from an ONNX file, whose graph is not run.

Format: onnx.proto3 of the ONNX project (field numbers below), in the encoding of protocol buffers.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
# ONNX's number of a type of data -> NumPy's.
_TYPES = {1: np.float32, 3: np.int8, 7: np.int64}
_MODEL_GRAPH, _GRAPH_NODE, _GRAPH_TENSOR = 7, 1, 5
_NODE_INPUT, _NODE_OUTPUT, _NODE_OPERATION = 1, 2, 4
_TENSOR_SIZE, _TENSOR_TYPE, _TENSOR_NAME, _TENSOR_DATA = 1, 2, 8, 9


def read_weights(path: Path) -> dict[str, Array]:
    """Return the tensors of a model by their names.

    A matrix that is kept in 8 bits stands as `NAME_q`, with its factors as `NAME_scale`. One that
    has no name of its own gets that of the bias that is added to its product.

    Raises:
        ValueError: Not such a file.
    """
    try:
        graph = next(
            part for n, part in _fields(memoryview(path.read_bytes())) if n == _MODEL_GRAPH
        )
        tensors: dict[str, Array] = {}
        nodes: list[tuple[str, list[str], str]] = []
        for number, part in _fields(graph):
            if number == _GRAPH_TENSOR:
                name, values = _tensor(part)
                tensors[name] = values
            elif number == _GRAPH_NODE:
                nodes.append(_node(part))
    except (StopIteration, IndexError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name} is no model of weights") from error
    return {
        names.get(name, name): values
        for names in (_named(nodes),)
        for name, values in tensors.items()
    }


def _named(nodes: list[tuple[str, list[str], str]]) -> dict[str, str]:
    """Return tensor -> better name, for matrices that are known by the bias added to their product."""
    factor = {output: inputs[1] for operation, inputs, output in nodes if operation == "MatMul"}
    found = {}
    for operation, inputs, _ in nodes:
        products = [name for name in inputs if name in factor]
        biases = [name for name in inputs if name.endswith(".bias")]
        if operation == "Add" and len(products) == len(biases) == 1:
            for ending in ("_q", "_scale"):
                better = biases[0].removesuffix("bias") + "weight" + ending
                found[factor[products[0]] + ending] = better
    return found


def _node(data: memoryview) -> tuple[str, list[str], str]:
    """Return operation, inputs and first output."""
    inputs, outputs, operation = [], [], ""
    for number, value in _fields(data):
        if number == _NODE_INPUT:
            inputs.append(str(value, "utf-8"))
        elif number == _NODE_OUTPUT:
            outputs.append(str(value, "utf-8"))
        elif number == _NODE_OPERATION:
            operation = str(value, "utf-8")
    return operation, inputs, outputs[0] if outputs else ""


def _tensor(data: memoryview) -> tuple[str, Array]:
    sizes: list[int] = []
    name, kind, content = "", 0, b""
    for number, value in _fields(data):
        if number == _TENSOR_SIZE:
            sizes += [value] if isinstance(value, int) else _numbers(value)
        elif number == _TENSOR_TYPE:
            kind = value
        elif number == _TENSOR_NAME:
            name = str(value, "utf-8")
        elif number == _TENSOR_DATA:
            content = bytes(value)
    if not content or kind not in _TYPES:
        return name, np.empty(0)
    return name, np.frombuffer(content, np.dtype(_TYPES[kind]).newbyteorder("<")).reshape(sizes)


def _fields(data: memoryview) -> Iterator[tuple[int, Any]]:
    """Yield the fields of a message: a number, or the bytes of a text or of a message inside."""
    place = 0
    while place < len(data):
        tag, place = _number(data, place)
        match tag & 7:
            case 0:
                value, place = _number(data, place)
                yield tag >> 3, value
            case 1 | 5 as kind:
                place += 8 if kind == 1 else 4
            case 2:
                size, place = _number(data, place)
                if place + size > len(data):
                    raise ValueError("no message of protocol buffers: it ends too early")
                yield tag >> 3, data[place : place + size]
                place += size
            case _:
                raise ValueError("no message of protocol buffers")


def _numbers(data: memoryview) -> list[int]:
    found, place = [], 0
    while place < len(data):
        number, place = _number(data, place)
        found.append(number)
    return found


def _number(data: memoryview, place: int) -> tuple[int, int]:
    """Return a number, seven bits a byte, and the place after it."""
    found = shift = 0
    while True:
        byte = data[place]
        found |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return found, place
