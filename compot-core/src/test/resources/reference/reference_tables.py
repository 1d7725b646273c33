"""Writes rope.json, rope_by_type.json and windows.json: what Hugging Face transformers makes of spellings of
config.json. Made with transformers 5.24.0 and torch; run it in this folder to make them again:

    python reference_tables.py
"""

import itertools
import json
import logging
import warnings

import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.models.gemma2 import modeling_gemma2
from transformers.models.gemma3 import modeling_gemma3
from transformers.models.llama import modeling_llama
from transformers.models.mistral import modeling_mistral
from transformers.models.qwen2 import modeling_qwen2
from transformers.models.qwen3 import modeling_qwen3
from transformers.models.qwen3_moe import modeling_qwen3_moe

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

ROTARY = {
    "llama": modeling_llama.LlamaRotaryEmbedding,
    "mistral": modeling_mistral.MistralRotaryEmbedding,
    "qwen2": modeling_qwen2.Qwen2RotaryEmbedding,
    "qwen3": modeling_qwen3.Qwen3RotaryEmbedding,
    "qwen3_moe": modeling_qwen3_moe.Qwen3MoeRotaryEmbedding,
    "gemma2": modeling_gemma2.Gemma2RotaryEmbedding,
}
WINDOWED = [*ROTARY, "gemma3_text"]
HEAD, CONTEXT = 16, 64
BASE = {
    "hidden_size": 32,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": HEAD,
    "intermediate_size": 16,
    "num_hidden_layers": 3,
    "vocab_size": 16,
    "max_position_embeddings": CONTEXT,
}
LONG = {"short_factor": [1 + i / 8 for i in range(8)], "long_factor": [2.0 + i for i in range(8)]}
TYPES = {
    "default": {},
    "linear": {"factor": 4.0},
    "dynamic": {"factor": 4.0},
    "yarn": {"factor": 4.0},
    "llama3": {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0},
    "longrope": LONG,
    "proportional": {"factor": 2.0},
    "unheard-of": {"factor": 2.0},
}


def config(family, fields):
    return AutoConfig.for_model(family, **json.loads(json.dumps({**BASE, **fields})))


def rotation(family, fields, length):
    """Frequencies and factor of cos and sin for a sequence of this length, or None if refused."""
    try:
        rotary = ROTARY[family](config(family, fields))
        positions = torch.arange(length)[None]
        cos, sin = rotary(torch.zeros(1, length, HEAD), positions)
        assert cos.shape[-1] == HEAD
    except Exception:
        return None
    frequencies = [float(f"{f:.7g}") for f in rotary.inv_freq.double().tolist()]
    if any(f != f or f in (float("inf"), float("-inf")) for f in frequencies):
        return None
    return {"frequencies": frequencies, "factor": float(f"{rotary.attention_scaling:.9g}")}


def rope_cases():
    theta = {"rope_theta": 50000.0}
    nested = {"full_attention": {"rope_type": "default", "rope_theta": 1e6}}
    for kind, settings in TYPES.items():
        new = {"rope_type": kind, "rope_theta": 20000.0, **settings}
        for name in ("rope_type", "type"):
            old = {name: kind, **settings}
            # old spelling, new spelling, both, neither; what is empty says nothing
            yield {"rope_scaling": old}
            yield {"rope_scaling": old, **theta}
            yield {"rope_scaling": old, "rope_parameters": {}, **theta}
            yield {"rope_scaling": old, "rope_parameters": None, **theta}
            yield {"rope_scaling": old, "rope_parameters": {"rope_type": "default", "rope_theta": 3e4}}
        yield {"rope_parameters": new}
        yield {"rope_parameters": new, **theta}
        yield {"rope_parameters": {"rope_type": kind, **settings}, **theta}
        yield {"rope_parameters": new, "rope_scaling": {}}
        yield {"rope_parameters": new, "rope_scaling": None, **theta}
        yield {"rope_parameters": new, "rope_scaling": {"type": "linear", "factor": 3.0}}
        # where the trained length stands
        for top, inside in itertools.product((None, 16), (None, 32)):
            fields = {"rope_scaling": {"rope_type": kind, **settings}}
            if inside:
                fields["rope_scaling"]["original_max_position_embeddings"] = inside
            if top:
                fields["original_max_position_embeddings"] = top
            yield fields
        # without, and with strange, factors
        if "factor" in settings:
            for factor in (0.5, 1, None):
                yield {"rope_scaling": {"rope_type": kind, **settings, "factor": factor}}
                yield {
                    "rope_scaling": {
                        "rope_type": kind,
                        **settings,
                        "factor": factor,
                        "original_max_position_embeddings": 16,
                    }
                }
        yield {"rope_scaling": {"rope_type": kind}}
    yield {}
    yield theta
    yield {"rope_theta": None}
    yield {"rope_scaling": None, "rope_parameters": None}
    yield {"rope_scaling": {}, "rope_parameters": {}, **theta}
    yield {"rope_parameters": {"rope_type": "default", "rope_theta": None}, **theta}
    yield {"rope_parameters": {"rope_theta": 7000.0}}
    yield {"rope_parameters": {"rope_type": None, "rope_theta": 7000.0}}
    yield {"rope_scaling": {"type": None, "factor": 2.0}}
    yield {"rope_scaling": {"type": "linear", "rope_type": "dynamic", "factor": 2.0}}
    yield {"rope_parameters": nested}
    yield {"rope_scaling": nested, **theta}
    yield {"rope_parameters": nested, "rope_scaling": {"type": "linear", "factor": 2.0}}
    yield {"rope_scaling": {"rope_type": "longrope", **LONG, "factor": 4.0}}
    yield {"rope_scaling": {"rope_type": "longrope", **LONG, "attention_factor": 1.5}}
    yield {"rope_scaling": {"rope_type": "longrope", "short_factor": LONG["short_factor"]}}
    yield {"rope_scaling": {"rope_type": "longrope", "short_factor": [1.0] * 7, "long_factor": [1.0] * 7}}
    yarn = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}
    for more in (
        {"attention_factor": 1.25},
        {"attention_factor": None},
        {"mscale": 0.5, "mscale_all_dim": 1.0},
        {"mscale": 0.5},
        {"mscale": 0.0, "mscale_all_dim": 1.0},
        {"beta_fast": 16, "beta_slow": 2},
        {"beta_fast": None, "beta_slow": None},
        {"beta_fast": 0, "beta_slow": 0},
        {"truncate": False},
        {"truncate": None},
        {"truncate": True},
    ):
        yield {"rope_scaling": {**yarn, **more}}
    yield {"rope_scaling": {**yarn, "factor": None}, "original_max_position_embeddings": 32}


def rope():
    cases = []
    for fields in rope_cases():
        of = {family: [rotation(family, fields, n) for n in (8, 100)] for family in ROTARY}
        short, long = of["llama"]
        case = {"fields": fields, "short": short, "long": long}
        for family, (s, l) in of.items():
            if (s, l) != (short, long):
                case.setdefault("except", {})[family] = {"short": s, "long": l}
        cases.append(case)
    return {"head_dim": HEAD, "context": CONTEXT, "lengths": [8, 100], "cases": cases}


def rotation_by_type(fields, length):
    """The same for both types of layers of Gemma 3."""
    kinds = ["full_attention", "sliding_attention"]
    try:
        rotary = modeling_gemma3.Gemma3RotaryEmbedding(
            config("gemma3_text", {**fields, "layer_types": [kinds[0], kinds[1], kinds[0]]})
        )
        for kind in kinds:
            rotary(torch.zeros(1, length, HEAD), torch.arange(length)[None], kind)
        return {
            kind: {
                "frequencies": [
                    float(f"{f:.7g}") for f in getattr(rotary, f"{kind}_inv_freq").double().tolist()
                ],
                "factor": float(f"{getattr(rotary, f'{kind}_attention_scaling'):.9g}"),
            }
            for kind in kinds
        }
    except Exception:
        return None


def by_type_cases():
    full, sliding = "full_attention", "sliding_attention"
    linear = {"rope_type": "linear", "factor": 8.0}
    own = {"rope_type": "default", "rope_theta": 500.0}
    yield {}
    yield {"rope_theta": 3e5}
    yield {"rope_local_base_freq": 300.0}
    yield {"rope_theta": 3e5, "rope_local_base_freq": 300.0, "rope_scaling": None}
    for scaling in (
        linear,
        {"type": "linear", "factor": 8.0},
        {},
        {"rope_type": "yarn", "factor": 4.0},
        {"rope_type": "dynamic", "factor": 4.0},
        {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0},
        {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16},
        {"rope_type": "longrope", **LONG, "original_max_position_embeddings": 16},
        {"rope_type": "unheard-of", "factor": 2.0},
        {"rope_type": "linear"},
    ):
        yield {"rope_scaling": scaling}
        yield {"rope_scaling": scaling, "rope_theta": 3e5, "rope_local_base_freq": 300.0}
        yield {"rope_parameters": {full: scaling, sliding: own}}
        yield {"rope_parameters": {full: own, sliding: scaling}, "rope_local_base_freq": 300.0}
    yield {"rope_parameters": {full: {**linear, "rope_theta": 2e5}, sliding: own}, "rope_theta": 3e5}
    yield {"rope_parameters": {full: {**linear, "rope_theta": 2e5}}}
    yield {"rope_parameters": {full: {**linear, "rope_theta": 2e5}, sliding: None}}
    yield {"rope_parameters": {sliding: own}}
    yield {"rope_parameters": {full: None, sliding: own}, "rope_theta": 3e5}
    yield {"rope_parameters": {}}
    yield {"rope_parameters": None, "rope_scaling": linear}
    yield {"rope_parameters": {full: own, sliding: own}, "rope_scaling": linear}
    yield {"rope_parameters": {full: {**own, "factor": 2.0}, sliding: own}, "rope_scaling": {"type": "linear"}}
    yield {"rope_parameters": {sliding: own}, "rope_scaling": linear}
    yield {"rope_theta": None}


def by_type():
    cases = [{"fields": fields, "layers": rotation_by_type(fields, 8)} for fields in by_type_cases()]
    return {"head_dim": HEAD, "context": CONTEXT, "length": 8, "cases": cases}


def windows(family, fields):
    """Tokens that the last token of eight sees in each layer, or None if refused."""
    try:
        settings = config(family, fields)
        settings._attn_implementation = "eager"
        model = AutoModelForCausalLM.from_config(settings)
        with torch.no_grad():
            seen = model(torch.arange(8)[None], output_attentions=True, use_cache=False).attentions
        return [int((layer[0, 0, -1] > 0).sum()) for layer in seen]
    except Exception:
        return None


def window_cases():
    full, sliding = "full_attention", "sliding_attention"
    absent = object()
    for use, window, first, types in itertools.product(
        (absent, True, False, None),
        (absent, 3, None),
        (absent, 0, 1, 5, None),
        (absent, None, [full, sliding, full], [sliding] * 3),
    ):
        fields = {
            "use_sliding_window": use,
            "sliding_window": window,
            "max_window_layers": first,
            "layer_types": types,
        }
        yield {name: value for name, value in fields.items() if value is not absent}
    for pattern in (1, 2, 3, 5, None):
        yield {"sliding_window_pattern": pattern, "sliding_window": 3}
    yield {"use_sliding_window": True, "sliding_window": 3, "layer_types": [full]}
    yield {"use_sliding_window": True, "sliding_window": 3, "layer_types": [full, "strange", full]}
    yield {"use_sliding_window": True, "sliding_window": 3, "layer_types": ["attention", sliding, full]}


def sliding():
    cases = []
    for fields in window_cases():
        cases.append({"fields": fields, **{family: windows(family, fields) for family in WINDOWED}})
    return {"layers": 3, "tokens": 8, "cases": cases}


def write(name, table):
    head = {key: value for key, value in table.items() if key != "cases"}
    rows = ",\n".join(json.dumps(case) for case in table["cases"])
    with open(name, "w") as file:
        file.write(json.dumps(head)[:-1] + ', "cases": [\n' + rows + "\n]}\n")


if __name__ == "__main__":
    write("rope.json", rope())
    write("rope_by_type.json", by_type())
    write("windows.json", sliding())
