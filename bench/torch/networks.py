"""The networks of src/models/networks.ts."""

import math

from torch import nn

from spherical import Convolution, Integrate, near_identity


def original(max_gamma: float, n_gamma: int) -> nn.Module:
    points = near_identity(math.pi / 8, 8, 3, n_gamma, max_gamma)
    return nn.Sequential(
        Convolution("s2", 1, 20, 30, 10, near_identity(math.pi / 8, 8, 3)),
        nn.ReLU(),
        Convolution("so3", 20, 40, 10, 6, points),
        nn.ReLU(),
        Integrate(6),
        nn.Linear(40, 10),
    )


def deep() -> nn.Module:
    sizes = [(8, 16, 30, 15, 16), (16, 16, 15, 15, 8), (16, 24, 15, 7, 8), (24, 24, 7, 7, 4), (24, 32, 7, 3, 4), (32, 64, 3, 3, 2)]
    layers = [Convolution("s2", 1, 8, 30, 30, near_identity(math.pi / 16, 6, 1)), nn.ReLU()]
    for features_in, features_out, b_in, b_out, part in sizes:
        points = near_identity(math.pi / part, 6, 1, 6)
        layers += [Convolution("so3", features_in, features_out, b_in, b_out, points), nn.ReLU()]
    return nn.Sequential(
        *layers,
        Integrate(3),
        nn.BatchNorm1d(64),
        nn.Linear(64, 64),
        nn.ReLU(),
        nn.BatchNorm1d(64),
        nn.Linear(64, 32),
        nn.ReLU(),
        nn.BatchNorm1d(32),
        nn.Linear(32, 10),
    )


NETWORKS = {
    "mnist-original": lambda: original(2 * math.pi, 8),
    "mnist-original-72": lambda: original(math.pi / 8, 3),
    "mnist-deep": deep,
}


def build(name: str) -> nn.Module:
    return NETWORKS[name]()
