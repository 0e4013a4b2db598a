"""The benchmark's MLP in PyTorch: eager, with SGD by parameter, foreach and fused, and a compiled step."""

import torch
from torch import nn
from workload import COMPARED_STEPS, FEATURES, HIDDEN, CLASSES, LABELS, LEARNING_RATE, MOMENTUM, ORDER, PIXELS, WEIGHTS, serve

torch.set_num_threads(1)
# Kept as float32 and as int64 labels: what a PyTorch user would hold in memory, and faster than converting each batch.
features = torch.from_numpy(FEATURES).float() / 255
labels = torch.from_numpy(LABELS).long()
order = torch.from_numpy(ORDER).long()
loss_of = nn.CrossEntropyLoss()


def variant(compiled=False, **sgd):
    model = nn.Sequential(nn.Linear(PIXELS, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, CLASSES))
    with torch.no_grad():
        for parameter, values in zip(model.parameters(), WEIGHTS):
            parameter.copy_(torch.from_numpy(values))
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM, **sgd)

    def step(rows):
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(model(features[rows]), labels[rows])
        loss.backward()
        optimizer.step()
        return loss

    run = torch.compile(step) if compiled else step
    first = [run(rows).item() for rows in order[:COMPARED_STEPS]]

    def train(epochs):
        for _ in range(epochs):
            for rows in order:
                run(rows)

    return first, train


variants = {
    "eager": variant(foreach=False),
    "eager, foreach SGD": variant(foreach=True),
    "eager, fused SGD": variant(fused=True),
}
try:
    variants["torch.compile"] = variant(compiled=True, fused=True)
except Exception as error:  # a compiler may be missing; the other variants still count
    print(f"torch.compile does not work here: {type(error).__name__}", file=__import__("sys").stderr)

serve(f"PyTorch {torch.__version__}", variants)
