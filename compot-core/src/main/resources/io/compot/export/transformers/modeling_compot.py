# Written by Compot, for version 2 of its packed format. Licence: Apache-2.0.
"""Runs a packed checkpoint of Compot: projections stay packed and are unpacked product by product."""

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
        elif rows is None:  # a stream: each group is a row, the last filled up
            group = numbers["group"]
            self.add_module(name, Grouped(numbers, -(-columns // group), group))
        else:
            self.add_module(name, Grouped(numbers, rows, columns))

    def dense(self, name, dtype):
        part = getattr(self, name)
        return part.to(dtype) if isinstance(part, torch.Tensor) else part(dtype)

    def forward(self, x):
        form, kind = self.form, self.form["form"]
        if kind == "dense":
            return linear(x, self.dense("weight", x.dtype), self.bias)
        if kind == "sparse":
            k = form["k"]
            bits = (self.mask.unsqueeze(-1) >> torch.arange(8, device=x.device)) & 1
            code = torch.zeros(self.n_out, k, dtype=x.dtype, device=x.device)
            values = self.dense("values", x.dtype).flatten()[: form["s"] * self.n_out]
            code[bits.flatten(1)[:, :k].bool()] = values
            return linear(linear(x, self.dense("dictionary", x.dtype)), code, self.bias)
        y = linear(linear(x, self.dense("right", x.dtype)), self.dense("left", x.dtype), self.bias)
        return y + linear(x, self.dense("weight", x.dtype)) if kind == "sum" else y


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
