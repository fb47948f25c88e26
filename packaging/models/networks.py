"""A small 2-D U-Net: one description that JAX trains and ONNX stores.

Parameters are a dict from a layer's name to arrays; `forward` runs on JAX, `to_onnx` writes the same layers as a graph with dynamic
sizes, so what was trained is what runs.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from onnx import TensorProto, helper, numpy_helper

EPSILON = 1e-5
SLOPE = 0.1


class Ops:
    """The operators that a network is made of, as JAX runs them. Arrays are [batch, channel, *space]."""

    def __init__(self, parameters):
        self.parameters = parameters

    def conv(self, name, x):
        weights, bias = self.parameters[name]
        y = lax.conv(x, weights, (1,) * (x.ndim - 2), "SAME")
        return y + bias.reshape((1, -1) + (1,) * (x.ndim - 2))

    def norm(self, name, x):
        scale, bias = self.parameters[name]
        axes = tuple(range(2, x.ndim))
        mean = x.mean(axes, keepdims=True)
        spread = x.var(axes, keepdims=True)
        shape = (1, -1) + (1,) * (x.ndim - 2)
        return (x - mean) / jnp.sqrt(spread + EPSILON) * scale.reshape(shape) + bias.reshape(shape)

    def activate(self, name, x):
        return jnp.where(x > 0, x, SLOPE * x)

    def down(self, name, x, factors):
        window = (1, 1) + factors
        return lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")

    def up(self, name, x, factors):
        for axis, factor in enumerate(factors):
            x = jnp.repeat(x, factor, axis=axis + 2)
        return x

    def join(self, name, x, y):
        return jnp.concatenate([x, y], 1)


class Writer:
    """The same operators, written as nodes of an ONNX graph."""

    def __init__(self, parameters):
        self.parameters = {k: [np.asarray(a) for a in v] for k, v in parameters.items()}
        self.nodes, self.constants = [], []

    def constant(self, name, array):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind, name, inputs, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def weights(self, name):
        return [self.constant(f"{name}.{i}", a.astype(np.float32)) for i, a in enumerate(self.parameters[name])]

    def conv(self, name, x):
        sides = self.parameters[name][0].shape[2:]
        pads = [side // 2 for side in sides] * 2
        return self.node("Conv", name, [x, *self.weights(name)], kernel_shape=list(sides), pads=pads)

    def norm(self, name, x):
        return self.node("InstanceNormalization", name, [x, *self.weights(name)], epsilon=EPSILON)

    def activate(self, name, x):
        return self.node("LeakyRelu", name, [x], alpha=SLOPE)

    def down(self, name, x, factors):
        return self.node("MaxPool", name, [x], kernel_shape=list(factors), strides=list(factors))

    def up(self, name, x, factors):
        scales = self.constant(f"{name}.scales", np.array((1, 1) + factors, np.float32))
        mode = dict(mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
        return self.node("Resize", name, [x, "", scales], **mode)

    def join(self, name, x, y):
        return self.node("Concat", name, [x, y], axis=1)


def block(ops, name, x):
    for step in ("a", "b"):
        x = ops.activate(f"{name}.{step}.act", ops.norm(f"{name}.{step}.norm", ops.conv(f"{name}.{step}.conv", x)))
    return x


def unet(ops, x, factors):
    """Levels joined by max pooling and nearest resizing; `factors` are those of each step down."""
    kept = []
    for level, factor in enumerate(factors):
        x = block(ops, f"down{level}", x)
        kept.append(x)
        x = ops.down(f"pool{level}", x, factor)
    x = block(ops, "bottom", x)
    for level, factor in reversed(list(enumerate(factors))):
        x = ops.join(f"join{level}", kept[level], ops.up(f"up{level}", x, factor))
        x = block(ops, f"out{level}", x)
    return ops.conv("scores", x)


def start(seed, widths, classes):
    """Parameters before training; `widths` are the channels of each level, the bottom last."""
    generator = np.random.default_rng(seed)
    parameters = {}

    def conv(name, inputs, outputs, side):
        shape = (outputs, inputs) + (side, side)
        spread = np.sqrt(2.0 / np.prod(shape[1:]))
        parameters[name] = [generator.normal(0, spread, shape).astype(np.float32), np.zeros(outputs, np.float32)]

    def pair(name, inputs, outputs):
        for step, first in (("a", inputs), ("b", outputs)):
            conv(f"{name}.{step}.conv", first, outputs, 3)
            parameters[f"{name}.{step}.norm"] = [np.ones(outputs, np.float32), np.zeros(outputs, np.float32)]

    inputs = 1
    for level, width in enumerate(widths[:-1]):
        pair(f"down{level}", inputs, width)
        inputs = width
    pair("bottom", inputs, widths[-1])
    below = widths[-1]
    for level, width in reversed(list(enumerate(widths[:-1]))):
        pair(f"out{level}", width + below, width)
        below = width
    conv("scores", below, classes, 1)
    return parameters


def to_onnx(parameters, factors, classes):
    """The graph with dynamic sizes; its answer is one score for each class."""
    writer = Writer(parameters)
    name = unet(writer, "input", factors)
    space = ["rows", "columns"]
    takes = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 1, *space])
    gives = helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, classes, *space])
    graph = helper.make_graph(writer.nodes, "network", [takes], [gives], writer.constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
