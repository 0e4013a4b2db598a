"""A benchmark network in JAX: a jitted step, and a jitted lax.scan over the steps of an epoch, in both image layouts."""

import os

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax
import jax.numpy as jnp
import numpy as np
from workload import COMPARED_STEPS, HAS_DROPOUT, IMAGES, LABELS, LAYERS, OPTIMIZER, ORDER, PARAMETERS, SCALE
from workload import features, pads, serve, unknown

# Dropout masks: the default generator costs several times as much on a CPU.
jax.config.update("jax_default_prng_impl", "rbg")

labels, order = jnp.asarray(LABELS), jnp.asarray(ORDER)
ACTIVATIONS = {"relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "silu": jax.nn.silu}


def channel_axis(layout):
    return 1 if layout == "NCHW" else 3


def own_layout(layout, shape):
    """The parameters as JAX code would hold them in `layout`; `shape` is that of one input in PyTorch's order."""
    own = {}
    x = jax.ShapeDtypeStruct((1, *shape), jnp.float32)
    for place, layer in enumerate(LAYERS):
        names = [name for name in PARAMETERS if name.rsplit(".", 1)[0] == str(place)]
        for name in names:
            values = PARAMETERS[name]
            if layer["type"] == "conv2d" and values.ndim == 4 and layout == "NHWC":
                values = values.transpose(2, 3, 1, 0)
            if layer["type"] == "dense" and values.ndim == 2:
                if len(x.shape) == 4 and layout == "NHWC":
                    _, height, width, channels = x.shape
                    values = values.reshape(-1, channels, height, width).transpose(0, 2, 3, 1)
                values = np.ascontiguousarray(values.reshape(values.shape[0], -1).T)
            own[name] = jnp.asarray(values)
        x = jax.eval_shape(lambda p, x, place=place: apply_layer(layout, p, x, place, None)[0], own, x)
    return own


def pool(layout, layer, x):
    kernel, stride, padding = layer["kernelSize"], layer["stride"], layer["padding"]
    if kernel == stride == [2, 2] and padding == [0, 0]:
        # Ten times as fast as reduce_window, whose gradient is a scatter.
        if layout == "NCHW":
            n, c, h, w = x.shape
            return x[:, :, : h // 2 * 2, : w // 2 * 2].reshape(n, c, h // 2, 2, w // 2, 2).max((3, 5))
        n, h, w, c = x.shape
        return x[:, : h // 2 * 2, : w // 2 * 2].reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))
    at = 2 if layout == "NCHW" else 1
    window = lambda pair, fill: (*[fill] * at, *pair, *[fill] * (2 - at))
    sides = window([(p, p) for p in padding], (0, 0))
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, window(kernel, 1), window(stride, 1), sides)


def batch_norm(layout, layer, parameters, x, place):
    axis = channel_axis(layout) if x.ndim == 4 else 1
    axes = tuple(i for i in range(x.ndim) if i != axis)
    along = [1] * x.ndim
    along[axis] = -1
    mean, variance = x.mean(axes), x.var(axes)
    count = x.size // x.shape[axis]
    weight = layer["momentum"]
    updates = {
        f"{place}.running_mean": mean,
        f"{place}.running_var": variance * count / max(1, count - 1),
    }
    updates = {name: (1 - weight) * parameters[name] + weight * value for name, value in updates.items()}
    y = (x - mean.reshape(along)) * jax.lax.rsqrt(variance + layer["eps"]).reshape(along)
    if layer["affine"]:
        y = y * parameters[f"{place}.weight"].reshape(along) + parameters[f"{place}.bias"].reshape(along)
    return y, jax.lax.stop_gradient(updates)


def apply_layer(layout, parameters, x, place, key):
    """Output and new running statistics."""
    layer, updates = LAYERS[place], {}
    kind, weight, bias = layer["type"], parameters.get(f"{place}.weight"), parameters.get(f"{place}.bias")
    if kind == "dense":
        x = x.reshape(x.shape[0], -1) @ weight + (0 if bias is None else bias)
    elif kind == "conv2d":
        sides = [(p, p) for p in pads(layer)]
        numbers = (layout, "OIHW" if layout == "NCHW" else "HWIO", layout)
        options = {"rhs_dilation": layer["dilation"], "feature_group_count": layer["groups"]}
        x = jax.lax.conv_general_dilated(x, weight, layer["stride"], sides, dimension_numbers=numbers, **options)
        if bias is not None:
            x = x + (bias[:, None, None] if layout == "NCHW" else bias)
    elif kind == "max_pool2d":
        x = pool(layout, layer, x)
    elif kind == "batch_norm":
        x, updates = batch_norm(layout, layer, parameters, x, place)
    elif kind == "dropout":
        if key is not None:
            kept = 1 - layer["rate"]
            mask = jax.random.bernoulli(jax.random.fold_in(key, place), kept, x.shape)
            x = jnp.where(mask, x / kept, 0)
    elif kind == "flatten":
        x = x.reshape(x.shape[0], -1)
    else:
        x = ACTIVATIONS[kind](x) if kind in ACTIVATIONS else unknown("layer", kind)
    if layer.get("activation"):
        x = ACTIVATIONS[layer["activation"]](x)
    return x, updates


def loss_of(trained, buffers, layout, x, y, key):
    parameters, updates = {**trained, **buffers}, {}
    for place in range(len(LAYERS)):
        x, new = apply_layer(layout, parameters, x, place, key)
        updates |= new
    loss = -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], axis=1))
    return loss, updates


def optimize(w, g, slots, hyper, t):
    """New value and slots of one parameter; `slots` as PyTorch's optimizer of the same name keeps them."""
    if OPTIMIZER["type"] == "sgd":
        v = hyper["momentum"] * slots[0] + g
        return w - hyper["lr"] * v, (v,)
    if OPTIMIZER["type"] == "adam":
        m = hyper["beta1"] * slots[0] + (1 - hyper["beta1"]) * g
        v = hyper["beta2"] * slots[1] + (1 - hyper["beta2"]) * g * g
        corrected = jnp.sqrt(v) / jnp.sqrt(1 - hyper["beta2"] ** t) + hyper["eps"]
        return w - hyper["lr"] / (1 - hyper["beta1"] ** t) * m / corrected, (m, v)
    return unknown("optimizer", OPTIMIZER["type"])


SLOTS = {"sgd": 1, "adam": 2}[OPTIMIZER["type"]]


def step_on(held, layout):
    def step(state, rows):
        trained, buffers, slots, hyper, t = state
        x = held[rows]
        if x.dtype == jnp.uint8:
            x = x.astype(jnp.float32) * SCALE
        t = t + 1
        key = jax.random.fold_in(jax.random.key(1), t) if HAS_DROPOUT else None
        gradient = jax.value_and_grad(loss_of, has_aux=True)
        (loss, updates), gradients = gradient(trained, buffers, layout, x, labels[rows], key)
        moved = {name: optimize(w, gradients[name], slots[name], hyper, t) for name, w in trained.items()}
        trained = {name: w for name, (w, _) in moved.items()}
        slots = {name: s for name, (_, s) in moved.items()}
        return (trained, {**buffers, **updates}, slots, hyper, t), loss

    return step


def by_scan(held, layout):
    return jax.jit(lambda state, rows: jax.lax.scan(step_on(held, layout), state, rows))


def by_steps(held, layout):
    step = jax.jit(step_on(held, layout))

    def run_epoch(state, rows):
        losses = []
        for batch in rows:
            state, loss = step(state, batch)
            losses.append(loss)
        return state, losses

    return run_epoch


def held_inputs(layout, as_bytes):
    """Bytes scaled batch by batch, or scaled once and kept as float32: which is faster depends on the caches."""
    held = features()
    held = jnp.asarray(held.transpose(0, 2, 3, 1) if IMAGES and layout == "NHWC" else held)
    return held if as_bytes else held.astype(jnp.float32) * SCALE


def variant(mode, layout, as_bytes=False):
    parameters = own_layout(layout, held_inputs(layout, True).shape[1:])
    buffers = {name: parameters.pop(name) for name in list(parameters) if ".running_" in name}
    hyper = {name: jnp.float32(value) for name, value in OPTIMIZER.items() if isinstance(value, float)}
    slots = {name: tuple(jnp.zeros_like(w) for _ in range(SLOTS)) for name, w in parameters.items()}
    start = (parameters, buffers, slots, hyper, jnp.float32(0))
    run_epoch = mode(held_inputs(layout, as_bytes), layout)
    _, first = run_epoch(start, order[:COMPARED_STEPS])
    state = [start]

    def train(epochs):
        for _ in range(epochs):
            state[0], _ = run_epoch(state[0], order)
        jax.block_until_ready(state[0])

    return list(first), train


if IMAGES:
    variants = {
        "jitted step, NHWC": lambda: variant(by_steps, "NHWC"),
        "jitted step, NCHW": lambda: variant(by_steps, "NCHW"),
        "lax.scan, NHWC": lambda: variant(by_scan, "NHWC"),
        "lax.scan, NCHW": lambda: variant(by_scan, "NCHW"),
    }
else:
    variants = {
        "lax.scan, floats": lambda: variant(by_scan, "NHWC"),
        "lax.scan, bytes": lambda: variant(by_scan, "NHWC", as_bytes=True),
        "jitted step": lambda: variant(by_steps, "NHWC"),
    }

serve(f"JAX {jax.__version__}", variants)
