"""The benchmark's data, weights and batches, as bench/peers/index.ts wrote them, and the rounds it asks for."""

import json
import sys
import time
from pathlib import Path

import numpy as np

SETTINGS = json.loads((Path(sys.argv[1]) / "settings.json").read_text())
ROWS, PIXELS = SETTINGS["rows"], SETTINGS["pixels"]
HIDDEN, CLASSES = SETTINGS["hidden"], SETTINGS["classes"]
BATCH, STEPS = SETTINGS["batch"], SETTINGS["epochSteps"]
LEARNING_RATE, MOMENTUM = SETTINGS["learningRate"], SETTINGS["momentum"]
COMPARED_STEPS = SETTINGS["comparedSteps"]


def read(name, dtype, *shape):
    return np.fromfile(Path(sys.argv[1]) / name, dtype=dtype).reshape(shape)


FEATURES = read("features", np.uint8, ROWS, PIXELS)
LABELS = read("labels", np.int32, ROWS)
ORDER = read("order", np.int32, STEPS, BATCH)
WEIGHTS = [
    read("0.weight", np.float32, HIDDEN, PIXELS),
    read("0.bias", np.float32, HIDDEN),
    read("1.weight", np.float32, CLASSES, HIDDEN),
    read("1.bias", np.float32, CLASSES),
]


def serve(library, variants):
    """Tells the first losses of each variant, then trains one for every line read and tells its steps per second.

    `variants` maps a name to (first losses, function that trains EPOCHS epochs of STEPS steps and waits for them).
    """
    losses = {name: [float(loss) for loss in first] for name, (first, _) in variants.items()}
    print(json.dumps({"library": library, "losses": losses}), flush=True)
    epochs = SETTINGS["epochsPerRound"]
    for line in sys.stdin:
        train = variants[line.strip()][1]
        started = time.perf_counter()
        train(epochs)
        print(json.dumps(epochs * STEPS / (time.perf_counter() - started)), flush=True)
