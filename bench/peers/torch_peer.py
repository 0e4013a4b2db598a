"""A benchmark network in PyTorch: eager, with SGD or Adam by parameter, foreach and fused, channels last, and compiled."""

import logging

import torch
from torch import nn
from workload import (
    COMPARED_STEPS,
    HUGE,
    IMAGES,
    LABELS,
    LAYERS,
    OPTIMIZER,
    ORDER,
    PARAMETERS,
    SCALE,
    features,
    pads,
    serve,
    unknown,
)

torch.set_num_threads(1)
torch._logging.set_logs(dynamo=logging.ERROR)

# Kept as float32 and as int64 labels: what a PyTorch user would hold in memory, and faster than converting each batch.
inputs = torch.from_numpy(features()).float() * SCALE
labels = torch.from_numpy(LABELS).long()
order = torch.from_numpy(ORDER).long()
loss_of = nn.CrossEntropyLoss()

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "gelu": nn.GELU, "silu": nn.SiLU}


def make(layer, shape):
    """The modules of one layer for inputs of `shape`."""
    kind = layer["type"]
    if kind == "dense":
        flat = [nn.Flatten()] if len(shape) > 1 else []
        return [*flat, nn.Linear(shape.numel(), layer["units"], bias=layer.get("bias", True))]
    if kind == "conv2d":
        options = {"stride": tuple(layer["stride"]), "padding": pads(layer), "dilation": tuple(layer["dilation"])}
        bias = layer.get("bias", True)
        kernel = tuple(layer["kernelSize"])
        return [nn.Conv2d(shape[0], layer["outChannels"], kernel, groups=layer["groups"], bias=bias, **options)]
    if kind == "max_pool2d":
        return [nn.MaxPool2d(tuple(layer["kernelSize"]), tuple(layer["stride"]), tuple(layer["padding"]))]
    if kind == "batch_norm":
        norm = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
        return [norm(shape[0], layer["eps"], layer["momentum"], layer["affine"])]
    if kind == "dropout":
        return [nn.Dropout(layer["rate"])]
    if kind == "flatten":
        return [nn.Flatten()]
    return [ACTIVATIONS[kind]()] if kind in ACTIVATIONS else unknown("layer", kind)


def build():
    """The model with the common weights."""
    modules, shape = [], inputs.shape[1:]
    for place, layer in enumerate(LAYERS):
        made = make(layer, shape)
        with torch.no_grad():
            for name, parameter in made[-1].named_parameters():
                parameter.copy_(torch.from_numpy(PARAMETERS[f"{place}.{name}"]))
        modules += made
        if layer.get("activation"):
            modules.append(ACTIVATIONS[layer["activation"]]())
        with torch.no_grad():
            # The shape only: evaluation mode leaves running statistics alone.
            shape = nn.Sequential(*made).eval()(torch.zeros(1, *shape)).shape[1:]
    return nn.Sequential(*modules).train()


def make_optimizer(parameters, form):
    if OPTIMIZER["type"] == "sgd":
        options = {"momentum": OPTIMIZER["momentum"], "nesterov": OPTIMIZER["nesterov"]}
        return torch.optim.SGD(parameters, lr=OPTIMIZER["lr"], weight_decay=OPTIMIZER["weightDecay"], **options, **form)
    if OPTIMIZER["type"] == "adam":
        options = {"betas": (OPTIMIZER["beta1"], OPTIMIZER["beta2"]), "eps": OPTIMIZER["eps"]}
        return torch.optim.Adam(parameters, lr=OPTIMIZER["lr"], weight_decay=OPTIMIZER["weightDecay"], **options, **form)
    return unknown("optimizer", OPTIMIZER["type"])


def variant(form, channels_last=False, compiled=None):
    """`compiled`: the `model` with its loss, or the whole `step` with the optimizer."""
    model, held = build(), inputs
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
        held = inputs.contiguous(memory_format=torch.channels_last)
    optimizer = make_optimizer(model.parameters(), form)

    def compute_loss(rows):
        return loss_of(model(held[rows]), labels[rows])

    forward = torch.compile(compute_loss) if compiled == "model" else compute_loss

    def one_step(rows):
        optimizer.zero_grad(set_to_none=True)
        loss = forward(rows)
        loss.backward()
        optimizer.step()
        return loss

    step = torch.compile(one_step) if compiled == "step" else one_step
    losses = [step(rows).item() for rows in order[:COMPARED_STEPS]]

    def train(epochs):
        for _ in range(epochs):
            for rows in order:
                step(rows)

    return losses, train


FUSED = {"fused": True}
BY_PARAMETER = {"foreach": False, "fused": False}
rule = "SGD" if OPTIMIZER["type"] == "sgd" else "Adam"
variants = {f"eager, fused {rule}": lambda: variant(FUSED)}
if not HUGE:
    variants["eager"] = lambda: variant(BY_PARAMETER)
    variants[f"eager, foreach {rule}"] = lambda: variant({"foreach": True})
    variants["torch.compile of the step"] = lambda: variant(FUSED, compiled="step")
variants["torch.compile"] = lambda: variant(FUSED, compiled="model")
if IMAGES:
    variants[f"eager, channels_last, fused {rule}"] = lambda: variant(FUSED, channels_last=True)
    variants["torch.compile, channels_last"] = lambda: variant(FUSED, channels_last=True, compiled="model")

serve(f"PyTorch {torch.__version__.split('+')[0]}", variants)
