"""One benchmark network as bench/nets/ wrote it into a folder, and the rounds of training that are asked for."""

import json
import math
import signal
import sys
import time
from pathlib import Path

import numpy as np

# Ctrl-C ends the benchmark: no traceback of where it was.
signal.signal(signal.SIGINT, signal.SIG_DFL)

FOLDER = Path(sys.argv[1])
NET = json.loads((FOLDER / "net.json").read_text())
LAYERS, OPTIMIZER = NET["layers"], NET["optimizer"]
BATCH, COMPARED_STEPS, EPOCHS = NET["batchSize"], NET["comparedSteps"], NET["epochsPerRound"]
IMAGES = any(layer["type"] == "conv2d" for layer in LAYERS)


def read(name, dtype, *shape):
    return np.fromfile(FOLDER / name, dtype=dtype).reshape(shape)


def features():
    """Bytes, `[rows, features]`, or `[rows, channels, height, width]` where the network convolves."""
    shape = NET["inputShape"]
    if IMAGES:
        return read("features", np.uint8, NET["rows"], *([1] if len(shape) == 2 else []), *shape)
    return read("features", np.uint8, NET["rows"], math.prod(shape))


LABELS = read("labels", np.int32, NET["rows"])
ORDER = read("order", np.int32, NET["epochSteps"], BATCH)
SCALE = NET["scale"]
# By name: "0.weight" is the weight of layer 0, laid out as PyTorch does.
PARAMETERS = {p["name"]: read(p["name"], np.float32, *p["shape"]) for p in NET["parameters"]}
HAS_DROPOUT = any(layer["type"] == "dropout" for layer in LAYERS)
# So many parameters that holding them for every variant would fill the memory.
HUGE = sum(values.size for values in PARAMETERS.values()) > 50_000_000


def unknown(what, layer):
    raise SystemExit(f"the benchmark's peers know no {what} {layer}: add it to bench/peers/")


def pads(layer):
    """Rows and columns added on each side."""
    if layer["padding"] == "same":
        return tuple((d * (k - 1)) // 2 for k, d in zip(layer["kernelSize"], layer["dilation"]))
    return tuple(layer["padding"])


def serve(library, variants):
    """Tells the first losses of each variant, then trains one round of it for every line that names it.

    `variants` maps a name to a function that returns (first losses, function that trains epochs and waits for them).
    A variant that cannot run here is said on stderr and left out.
    """
    ready = {}
    for name, build in variants.items():
        try:
            losses, train = build()
            ready[name] = ([float(loss) for loss in losses], train)
        except Exception as error:
            print(f"{library}, {name} does not run here: {type(error).__name__}: {error}", file=sys.stderr)
    losses = {name: losses for name, (losses, _) in ready.items()}
    print(json.dumps({"library": library, "stepsPerRound": EPOCHS * len(ORDER), "losses": losses}), flush=True)
    for line in sys.stdin:
        started, used = time.perf_counter(), time.process_time()
        ready[line.strip()][1](EPOCHS)
        took = {"wallSeconds": time.perf_counter() - started, "cpuSeconds": time.process_time() - used}
        print(json.dumps(took), flush=True)
