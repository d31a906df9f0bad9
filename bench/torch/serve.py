"""The contender `torch`, by the lines of bench/peers.mjs: the MNIST networks in PyTorch, forward and training step.

WORK is a row's name and a dtype; of the rows it knows forward/NETWORK/batch-N and train/NETWORK/batch-N.
"""

import sys
import time

import torch

from networks import NETWORKS, build

torch.set_num_threads(1)


def prepare(row: str, dtype: str):
    """A function that does the row's work once, or None."""
    kind, network, *rest = row.split("/")
    if kind not in ("forward", "train") or network not in NETWORKS or dtype != "f32":
        return None
    batch = int(rest[0].removeprefix("batch-"))
    torch.manual_seed(1)
    model = build(network)
    images = torch.rand(batch, 1, 60, 60)
    if kind == "forward":
        model.eval()

        def forward():
            with torch.no_grad():
                model(images)

        return forward
    labels = torch.randint(0, 10, (batch,))
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)

    def step():
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()

    return step


def samples(work, seconds: float) -> list[float]:
    """One sample at least."""
    found = []
    began = time.perf_counter()
    while not found or time.perf_counter() - began < seconds:
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return found


def main():
    works = []
    for line in sys.stdin:
        verb, *words = line.split()
        try:
            if verb == "prepare":
                work = prepare(*words)
                if work is None:
                    answer = f"unknown row {words[0]}"
                else:
                    work()
                    works.append(work)
                    answer = f"ok {len(works) - 1}"
            elif verb == "time":
                answer = "ok " + " ".join(map(str, samples(works[int(words[0])], float(words[1]))))
            else:
                works[int(words[0])] = None
                answer = "ok"
        except Exception as error:  # the other side prints it
            answer = "error " + str(error).replace("\n", " ")
        print(answer, flush=True)


main()
