"""The benchmark's MLP in JAX: a jitted step, and a jitted lax.scan over the steps of an epoch."""

import os

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax
import jax.numpy as jnp
from workload import BATCH, COMPARED_STEPS, FEATURES, LABELS, LEARNING_RATE, MOMENTUM, ORDER, WEIGHTS, serve

labels, order = jnp.asarray(LABELS), jnp.asarray(ORDER)
# Bytes scaled batch by batch, or scaled once and kept as float32: which is faster depends on the caches.
as_bytes = jnp.asarray(FEATURES)
as_floats = as_bytes.astype(jnp.float32) / 255
w1, b1, w2, b2 = WEIGHTS
# JAX's own layout, [in, out].
weights = [jnp.asarray(w1.T), jnp.asarray(b1), jnp.asarray(w2.T), jnp.asarray(b2)]
rates = (jnp.float32(LEARNING_RATE), jnp.float32(MOMENTUM))


def loss_of(weights, x, y):
    w1, b1, w2, b2 = weights
    logits = jax.nn.relu(x @ w1 + b1) @ w2 + b2
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], axis=1))


def step_on(features):
    def step(state, rows):
        weights, velocities, lr, momentum = state
        x = features[rows]
        if x.dtype == jnp.uint8:
            x = x.astype(jnp.float32) / 255
        loss, gradients = jax.value_and_grad(loss_of)(weights, x, labels[rows])
        velocities = [momentum * v + g for v, g in zip(velocities, gradients)]
        weights = [w - lr * v for w, v in zip(weights, velocities)]
        return (weights, velocities, lr, momentum), loss

    return step


def by_scan(features):
    return jax.jit(lambda state, rows: jax.lax.scan(step_on(features), state, rows))


def by_steps(features):
    step = jax.jit(step_on(features))

    def run_epoch(state, rows):
        losses = []
        for batch in rows:
            state, loss = step(state, batch)
            losses.append(loss)
        return state, losses

    return run_epoch


def variant(run_epoch):
    start = (weights, [jnp.zeros_like(w) for w in weights], *rates)
    _, first = run_epoch(start, order[:COMPARED_STEPS])
    held = [start]

    def train(epochs):
        for _ in range(epochs):
            held[0], _ = run_epoch(held[0], order)
        jax.block_until_ready(held[0])

    return list(first), train


serve(
    f"JAX {jax.__version__}",
    {
        "lax.scan, bytes": variant(by_scan(as_bytes)),
        "lax.scan, floats": variant(by_scan(as_floats)),
        "jitted step, floats": variant(by_steps(as_floats)),
    },
)
