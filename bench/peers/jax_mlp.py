"""The benchmark's MLP in JAX: a jitted step, and a jitted lax.scan over the steps of an epoch."""

import os

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax
import jax.numpy as jnp
from workload import BATCH, COMPARED_STEPS, FEATURES, LABELS, LEARNING_RATE, MOMENTUM, ORDER, WEIGHTS, serve

# Scaled once, in memory as float32, as for PyTorch.
features = jnp.asarray(FEATURES).astype(jnp.float32) / 255
labels, order = jnp.asarray(LABELS), jnp.asarray(ORDER)
w1, b1, w2, b2 = WEIGHTS
# JAX's own layout, [in, out].
weights = [jnp.asarray(w1.T), jnp.asarray(b1), jnp.asarray(w2.T), jnp.asarray(b2)]
rates = (jnp.float32(LEARNING_RATE), jnp.float32(MOMENTUM))


def loss_of(weights, x, y):
    w1, b1, w2, b2 = weights
    logits = jax.nn.relu(x @ w1 + b1) @ w2 + b2
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], axis=1))


def step(state, rows):
    weights, velocities, lr, momentum = state
    loss, gradients = jax.value_and_grad(loss_of)(weights, features[rows], labels[rows])
    velocities = [momentum * v + g for v, g in zip(velocities, gradients)]
    weights = [w - lr * v for w, v in zip(weights, velocities)]
    return (weights, velocities, lr, momentum), loss


jitted_step = jax.jit(step)
scan_epoch = jax.jit(lambda state, order: jax.lax.scan(step, state, order))


def by_steps(state, rows):
    losses = []
    for batch in rows:
        state, loss = jitted_step(state, batch)
        losses.append(loss)
    return state, losses


def variant(run_epoch):
    start = (weights, [jnp.zeros_like(w) for w in weights], *rates)
    _, first = run_epoch(start, order[:COMPARED_STEPS])
    held = [start]

    def train(epochs):
        for _ in range(epochs):
            held[0], _ = run_epoch(held[0], order)
        jax.block_until_ready(held[0])

    return list(first), train


serve(f"JAX {jax.__version__}", {"lax.scan": variant(scan_epoch), "jitted step": variant(by_steps)})
