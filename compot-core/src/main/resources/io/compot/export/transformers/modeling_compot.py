# Written by Compot, for version 2 of its packed format. Licence: Apache-2.0.
"""Runs a packed checkpoint of Compot: projections stay packed and are unpacked product by product."""

import functools
import math

import torch
from torch import nn
from torch.nn.functional import linear
from transformers import LlamaForCausalLM as Family


def unpack(words, width, count):
    """Codes of `width` bits from rows of 32-bit words, lowest bit first: [rows, count]."""
    bits = (words.unsqueeze(-1) >> torch.arange(32, device=words.device)) & 1
    bits = bits.flatten(1)[:, : count * width].view(-1, count, width)
    return (bits << torch.arange(width, device=words.device)).sum(-1)


class Grouped(nn.Module):
    """s(q - z) in groups of consecutive columns."""

    def __init__(self, numbers, rows, columns):
        super().__init__()
        self.width, self.columns = numbers["width"], columns
        group = numbers.get("group", columns)
        stored = getattr(torch, {"F16": "float16", "BF16": "bfloat16", "F32": "float32"}[numbers["scale"]])
        words = lambda count: -(-count * self.width // 32)
        self.register_buffer("codes", torch.zeros(rows, words(columns), dtype=torch.int32))
        self.register_buffer("scales", torch.zeros(rows, columns // group, dtype=stored))
        self.zeros = None
        if not numbers["symmetric"]:
            del self.zeros
            self.register_buffer("zeros", torch.zeros(words(rows), columns // group, dtype=torch.int32))

    def forward(self, dtype):
        rows, groups = self.scales.shape
        codes = unpack(self.codes, self.width, self.columns).view(rows, groups, -1)
        middle = 1 << (self.width - 1)
        zeros = middle if self.zeros is None else unpack(self.zeros.t(), self.width, rows).t().unsqueeze(-1)
        return ((codes - zeros).to(dtype) * self.scales.to(dtype).unsqueeze(-1)).view(rows, self.columns)


@functools.lru_cache(maxsize=16)
def trellis_values(state_bits, multiplier):
    """The value of each state, normally spread."""
    count = 1 << state_bits
    place = torch.arange(count) * multiplier & (count - 1)
    u = (2 * place + 1 - count).double() / count
    u = u * (1.2952240 + u**4 * (0.7561628 + u**20 * (0.4900649 + u**100 * 0.7944478)))
    return u.float()


@functools.lru_cache(maxsize=64)
def rotation_factor(size):
    """A Hadamard matrix of a power of two, else a Hartley matrix."""
    i, j = torch.arange(size).unsqueeze(1), torch.arange(size)
    if size & (size - 1):
        angle = (2 * math.pi / size) * (i * j % size).double()
        return (angle.cos() + angle.sin()) / math.sqrt(size)
    ones = sum((i & j) >> bit & 1 for bit in range(size.bit_length()))
    return (1 - 2 * (ones % 2)).double() / math.sqrt(size)


def signs(seed, size):
    """Of a rotation: SplitMix64, whose products go round."""
    z = torch.arange(1, size + 1) * -0x61C8864680B583EB + seed
    for shift, factor in ((30, -0x40A7B892E31B1A47), (27, -0x6B2FB644ECCEEE15)):
        z = (z ^ (z >> shift) & (1 << (64 - shift)) - 1) * factor
    z = z ^ (z >> 31) & (1 << 33) - 1
    return torch.where(z < 0, -1.0, 1.0)


def rotate(rows):
    """All factors of a rotation, one digit of the index after another."""
    shape, size = rows.shape, rows.shape[-1]
    odd = size // (size & -size)
    factors, left = [odd] if odd > 1 else [], size // odd
    while left > 1:
        factors.append(min(left, 64))
        left //= factors[-1]
    for factor in factors:
        matrix = rotation_factor(factor).to(rows)
        rows = rows.reshape(-1, factor, size // factor).transpose(1, 2) @ matrix
    return rows.reshape(shape)


class Trellis(nn.Module):
    """scale * U' Q V: rings of a trellis between two rotations, decoded a ring of rows at a time."""

    def __init__(self, numbers, rows, columns):
        super().__init__()
        self.numbers, self.rows, self.columns = numbers, rows, columns
        sequence = numbers["sequence"]
        self.rings = [min(sequence, rows - first) for first in range(0, rows, sequence)]
        words = sum(-(-self.bits(steps) // 32) for steps in self.rings)
        self.register_buffer("codes", torch.zeros(columns, words, dtype=torch.int32))
        self.register_buffer("scale", torch.zeros(1))
        self.register_buffer("seeds", torch.zeros(2, dtype=torch.int64))

    def bits(self, steps):
        half = self.numbers["half-bits"]
        return steps * (half // 2) + (steps // 2 if half % 2 else 0)

    def decode(self, words, steps):
        """A ring of every column: [columns, steps]."""
        state_bits, total = self.numbers["state-bits"], self.bits(steps)
        window = (1 << state_bits) - 1
        low = words.long() & 0xFFFFFFFF
        two = low | torch.cat([low[:, 1:], torch.zeros_like(low[:, :1])], 1) << 32
        at = total - torch.tensor([self.bits(step + 1) for step in range(steps)], device=words.device)
        states = two[:, at // 32] >> at % 32
        over = at + state_bits > total  # the window runs on over the end of the ring
        states = torch.where(over, states & (1 << (total - at).clamp(max=32)) - 1 | low[:, :1] << (total - at).clamp(max=32), states)
        return trellis_values(state_bits, self.numbers["multiplier"]).to(words.device)[states & window]

    def forward(self, x):
        dtype, seeds = x.dtype, self.seeds.tolist()
        x = rotate(x * signs(seeds[1], self.columns).to(x))
        parts, word = [], 0
        for steps in self.rings:
            count = -(-self.bits(steps) // 32)
            ring = self.decode(self.codes[:, word : word + count], steps)
            parts.append(x @ (ring * self.scale.float()).to(dtype))
            word += count
        return rotate(torch.cat(parts, -1)) * signs(seeds[0], self.rows).to(x)


class Packed(nn.Module):
    """A projection of any form."""

    def __init__(self, form, n_in, n_out, bias):
        super().__init__()
        self.form, self.n_out = form, n_out
        self.bias = nn.Parameter(torch.zeros(n_out)) if bias else None
        self.add(form, n_in, n_out)

    def add(self, form, n_in, n_out):
        kind = form.get("form")
        if kind == "sum":
            self.add({"form": "dense", **form["base"]}, n_in, n_out)
            self.add({"form": "low-rank", **form["rest"]}, n_in, n_out)
        elif kind == "dense":
            self.matrix("weight", form["weight"], n_out, n_in)
        elif kind == "low-rank":
            self.matrix("left", form["left"], n_out, form["rank"])
            self.matrix("right", form["right"], form["rank"], n_in)
        elif kind == "sparse":
            self.matrix("dictionary", form["dictionary"], form["k"], n_in)
            self.matrix("values", form["values"], None, form["s"] * n_out)
            self.register_buffer("mask", torch.zeros(n_out, -(-form["k"] // 8), dtype=torch.uint8))
        else:
            raise ValueError(f"projections of form {kind} are not known here")

    def matrix(self, name, numbers, rows, columns):
        if numbers["numbers"] == "plain":
            dtype = {"F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32, "F64": torch.float64}
            shape = (columns,) if rows is None else (rows, columns)
            self.register_buffer(name, torch.zeros(shape, dtype=dtype[numbers["dtype"]]))
        elif numbers["numbers"] == "trellis":
            self.add_module(name, Trellis(numbers, rows, columns))
        elif rows is None:  # a stream: each group is a row, the last filled up
            group = numbers["group"]
            self.add_module(name, Grouped(numbers, -(-columns // group), group))
        else:
            self.add_module(name, Grouped(numbers, rows, columns))

    def dense(self, name, dtype):
        part = getattr(self, name)
        return part.to(dtype) if isinstance(part, torch.Tensor) else part(dtype)

    def times(self, name, x):
        part = getattr(self, name)
        return part(x) if isinstance(part, Trellis) else linear(x, self.dense(name, x.dtype))

    def forward(self, x):
        form, kind = self.form, self.form["form"]
        if kind == "dense":
            y = self.times("weight", x)
        elif kind == "sparse":
            k = form["k"]
            bits = (self.mask.unsqueeze(-1) >> torch.arange(8, device=x.device)) & 1
            code = torch.zeros(self.n_out, k, dtype=x.dtype, device=x.device)
            values = self.dense("values", x.dtype).flatten()[: form["s"] * self.n_out]
            code[bits.flatten(1)[:, :k].bool()] = values
            y = linear(self.times("dictionary", x), code)
        else:
            y = self.times("left", self.times("right", x))
            y = y + self.times("weight", x) if kind == "sum" else y
        return y if self.bias is None else y + self.bias


class CompotForCausalLM(Family):
    def __init__(self, config):
        super().__init__(config)
        for name, form in config.compression["projections"].items():
            if not name.startswith(self.base_model_prefix + "."):  # saved from the bare model
                name = self.base_model_prefix + "." + name
            parent, _, child = name.rpartition(".")
            old = self.get_submodule(name)
            # GPT-2 has a layer of its own, whose weight is [in, out]; what is packed is [out, in] everywhere.
            n_in, n_out = (old.nx, old.nf) if hasattr(old, "nf") else (old.in_features, old.out_features)
            setattr(self.get_submodule(parent), child, Packed(form, n_in, n_out, old.bias is not None))
        self.post_init()

    @classmethod
    def from_pretrained(cls, path, *args, config=None, **kwargs):
        config = config or cls.config_class.from_pretrained(path)
        # These keep programs away that would fill what is packed with random weights.
        for guard in ("transformers_weights", "quantization_config"):
            if hasattr(config, guard):
                delattr(config, guard)
        return super().from_pretrained(path, *args, config=config, **kwargs)
