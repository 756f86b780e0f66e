"""PyTorch's side; see lib/serve.mjs for the protocol."""

import json
import os
import resource
import sys
import time

import numpy
import torch
from torch import nn


def make_layer(layer, named):
    kind = layer["type"]
    if kind == "relu":
        return nn.ReLU(inplace=True)
    if kind == "flatten":
        return nn.Flatten()
    if kind == "maxPool":
        return nn.MaxPool2d(layer["size"])
    if kind == "globalAverage":
        return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    if kind == "residual":
        return Residual(layer, named)
    if kind == "conv":
        module = nn.Conv2d(
            layer["inputs"], layer["filters"], layer["kernel"],
            stride=layer["stride"], padding=layer["padding"], bias=layer["bias"],
        )
    elif kind == "dense":
        module = nn.Linear(layer["inputs"], layer["units"])
    else:
        module = nn.BatchNorm2d(layer["channels"])
    named.append((layer["name"], module))
    return module


class Residual(nn.Module):
    def __init__(self, layer, named):
        super().__init__()
        self.body = nn.Sequential(*[make_layer(inner, named) for inner in layer["body"]])
        self.shortcut = nn.Sequential(*[make_layer(inner, named) for inner in layer["shortcut"]])

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


def make_optimizer(spec, model):
    parameters = list(model.parameters())
    if spec["type"] == "adam":
        return torch.optim.Adam(
            parameters, lr=spec["learningRate"], betas=(spec["beta1"], spec["beta2"]), eps=spec["epsilon"]
        )
    if spec["type"] == "sgd":
        return torch.optim.SGD(parameters, lr=spec["learningRate"], momentum=spec["momentum"])
    groups = [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": spec["weightDecay"]},
        {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.Adadelta(groups, lr=spec["learningRate"], rho=spec["rho"], eps=spec["epsilon"])


def prepare(request):
    torch.set_num_threads(request["threads"])
    work = request["work"]
    with open(os.path.join(request["values"], "values.json")) as file:
        index = json.load(file)
    raw = numpy.fromfile(os.path.join(request["values"], "values.bin"), dtype=numpy.uint8)

    def value(name):
        entry = index[name]
        size = 4 * int(numpy.prod(entry["shape"]))
        data = raw[entry["offset"]:entry["offset"] + size].view(entry["dtype"]).reshape(entry["shape"])
        return torch.from_numpy(data.copy())

    if work["kind"] == "matmul":
        a, b = value("a"), value("b")

        def step():
            return torch.matmul(a, b)

        product = step().reshape(-1)
        stride = max(1, product.numel() // 1024)
        return product[torch.arange(1024) * (stride - 1 if stride > 1 else 1)].tolist(), step

    named = []
    model = nn.Sequential(*[make_layer(layer, named) for layer in work["network"]["layers"]])
    for name, module in named:
        values = {key: value(f"{name}.{key}") for key in module.state_dict() if f"{name}.{key}" in index}
        module.load_state_dict(values, strict=False)
    inputs = value("inputs")

    if work["kind"] == "infer":
        model.eval()

        def step():
            with torch.inference_mode():
                return model(inputs)

        return step().reshape(-1).tolist(), step

    model.train()
    labels = value("labels").long()
    optimizer = make_optimizer(work["optimizer"], model)
    criterion = nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return [step() for _ in range(request["steps"])], step


def measure(step, seconds):
    steps = 0
    start = time.perf_counter()
    while True:
        step()
        steps += 1
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            return steps / elapsed


def main():
    step = None
    for line in sys.stdin:
        try:
            request = json.loads(line)
            if request["command"] == "prepare":
                results, step = prepare(request)
                reply = {"results": results}
            elif request["command"] == "memory":
                reply = {"peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
            else:
                reply = {"stepsPerSecond": measure(step, request["seconds"])}
        except Exception as error:  # reported to the parent, which refuses the pair
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


main()
