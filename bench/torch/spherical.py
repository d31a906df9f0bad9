"""Transforms and correlation layers in PyTorch by torch.fft and einsum, formulas of docs/conventions.md.

A spectrum is one complex tensor [batch, channel, 2B-1 (m), 2B-1 (n), B (l)] on SO(3) and [batch, channel, 2B-1 (m), B (l)]
on S², zero where |m| or |n| exceeds l: dense, so that each stage is one call.
"""

import math

import torch


def soft_beta(grid: int) -> torch.Tensor:
    return math.pi * (2 * torch.arange(2 * grid, dtype=torch.float64) + 1) / (4 * grid)


def quadrature_weights(grid: int) -> torch.Tensor:
    beta = soft_beta(grid)
    k = 2 * torch.arange(grid, dtype=torch.float64) + 1
    return 2 / grid * torch.sin(beta) * (torch.sin(beta[:, None] * k) / k).sum(1)


def small_d(bandwidth: int, beta: torch.Tensor) -> torch.Tensor:
    """d^l_mn(β) as [β, m, n, l], by exponentials of J_y: exact, and simple."""
    width = 2 * bandwidth - 1
    d = torch.zeros(len(beta), width, width, bandwidth, dtype=torch.float64)
    for l in range(bandwidth):
        m = torch.arange(-l, l, dtype=torch.float64)
        step = torch.sqrt(l * (l + 1) - m * (m + 1)) / 2
        generator = torch.zeros(2 * l + 1, 2 * l + 1, dtype=torch.float64)
        if l > 0:
            generator += torch.diag(step, 1) - torch.diag(step, -1)
        at = slice(bandwidth - 1 - l, bandwidth + l)
        d[:, at, at, l] = torch.matrix_exp(beta[:, None, None] * generator)
    return d


def orders(n: int, bandwidth: int) -> torch.Tensor:
    """Where the orders -(B-1) … B-1 are in a DFT of length n."""
    return torch.arange(1 - bandwidth, bandwidth) % n


def near_identity(max_beta: float, n_alpha: int, n_beta: int, n_gamma: int = 0, max_gamma: float = 2 * math.pi):
    """Points (β, α) or, with n_gamma, (β, α, γ)."""
    betas = [(j + 1) * max_beta / n_beta for j in range(n_beta)]
    alphas = [2 * math.pi * k / n_alpha for k in range(n_alpha)]
    if n_gamma == 0:
        return [(beta, alpha) for beta in betas for alpha in alphas]
    gammas = torch.linspace(-max_gamma, max_gamma, n_gamma, dtype=torch.float64).tolist()
    return [(beta, alpha, gamma - alpha) for beta in betas for alpha in alphas for gamma in gammas]


class Synthesis(torch.nn.Module):
    """Spectrum on SO(3) of bandwidth B to the signal on the grid of bandwidth b."""

    def __init__(self, grid: int, bandwidth: int):
        super().__init__()
        self.grid = grid
        d = small_d(bandwidth, soft_beta(grid)) * (2 * torch.arange(bandwidth) + 1)
        self.register_buffer("d", d.to(torch.complex64), persistent=False)
        self.register_buffer("orders", orders(2 * grid, bandwidth), persistent=False)

    def forward(self, X):
        n = 2 * self.grid
        planes = torch.einsum("jmnl,bcmnl->bcjmn", self.d, X)
        full = planes.new_zeros(*planes.shape[:3], n, n)
        full[..., self.orders[:, None], self.orders[None, :]] = planes
        return torch.fft.ifft2(full, norm="forward").real


class Analysis(torch.nn.Module):
    """Signal on S² or SO(3) on the grid of bandwidth b to its spectrum of bandwidth B."""

    def __init__(self, domain: str, grid: int, bandwidth: int):
        super().__init__()
        self.domain = domain
        d = small_d(bandwidth, soft_beta(grid))
        points = 4 * grid if domain == "s2" else 8 * grid**2
        weights = (quadrature_weights(grid) / points)[:, None, None, None]
        d = d * weights
        if domain == "s2":
            d = d[:, :, bandwidth - 1, :]
        self.register_buffer("d", d.to(torch.complex64), persistent=False)
        self.register_buffer("orders", orders(2 * grid, bandwidth), persistent=False)

    def forward(self, x):
        if self.domain == "s2":
            return torch.einsum("jml,bcjm->bcml", self.d, torch.fft.fft(x)[..., self.orders])
        planes = torch.fft.fft2(x)[..., self.orders[:, None], self.orders[None, :]]
        return torch.einsum("jmnl,bcjmn->bcmnl", self.d, planes)


class Convolution(torch.nn.Module):
    """S2Convolution or SO3Convolution."""

    def __init__(self, domain: str, features_in: int, features_out: int, b_in: int, b_out: int, points):
        super().__init__()
        self.domain = domain
        common = min(b_in, b_out)
        self.analysis = Analysis(domain, b_in, common)
        self.synthesis = Synthesis(b_out, common)
        power = (b_out**4 / b_in**2) if domain == "s2" else (b_out**3 / b_in**3)
        self.scale = 1 / math.sqrt(len(points) * features_in * power) * (2 * b_out if domain == "s2" else 1)
        self.kernel = torch.nn.Parameter(torch.rand(features_in, features_out, len(points)) * 2 - 1)
        self.bias = torch.nn.Parameter(torch.zeros(1, features_out, 1, 1, 1))
        angles = torch.tensor(points, dtype=torch.float64)
        d = small_d(common, angles[:, 0])
        m = torch.arange(1 - common, common, dtype=torch.float64)
        # Conjugates of the filter's spectrum are what the products need: S² e^{+imα}, SO(3) D itself.
        phase = torch.exp(1j * angles[:, 1, None] * m)
        if domain == "s2":
            harmonics = d[:, :, common - 1, :] * phase[:, :, None]
        else:
            turn = torch.exp(1j * angles[:, 2, None] * m)
            harmonics = d * phase[:, :, None, None] * turn[:, None, :, None]
        self.register_buffer("harmonics", harmonics.to(torch.complex64), persistent=False)

    def forward(self, x):
        X = self.analysis(x)
        kernel = (self.kernel * self.scale).to(torch.complex64)
        if self.domain == "s2":
            Y = torch.einsum("gnl,iog->ionl", self.harmonics, kernel)
            Z = torch.einsum("biml,ionl->bomnl", X, Y)
        else:
            Y = torch.einsum("gnpl,iog->ionpl", self.harmonics, kernel)
            Z = torch.einsum("bimpl,ionpl->bomnl", X, Y)
        return self.synthesis(Z) + self.bias


class Integrate(torch.nn.Module):
    def __init__(self, grid: int):
        super().__init__()
        self.register_buffer("weights", (quadrature_weights(grid) / (8 * grid**2)).float(), persistent=False)

    def forward(self, x):
        return torch.einsum("j,bcjak->bc", self.weights, x)
