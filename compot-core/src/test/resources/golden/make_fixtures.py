"""Writes tiny seeded models and what Hugging Face transformers makes of them, one folder each: config.json and
model.safetensors as save_pretrained writes them, expected.safetensors (tokens, logits, hidden states, Gram matrices of some
inputs) and expected.json (losses, greedy tokens). Made with transformers 5.24.0 and torch; run it in this folder to make them
again, all or those that are named:

    python make_fixtures.py [NAME ...]
"""

import json
import logging
import pathlib
import sys
import warnings

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

BASE = {
    "vocab_size": 53,
    "hidden_size": 32,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
GEMMA = {**BASE, "head_dim": 8, "query_pre_attn_scalar": 12, "sliding_window": 5}
FIXTURES = {
    "gpt2": (
        "gpt2",
        {
            "vocab_size": 53,
            "n_embd": 32,
            "n_layer": 3,
            "n_head": 4,
            "n_inner": 40,
            "n_positions": 64,
            "bos_token_id": 52,
            "eos_token_id": 52,
            "scale_attn_by_inverse_layer_idx": True,
        },
    ),
    "gemma2": (
        "gemma2",
        {
            **GEMMA,
            "num_hidden_layers": 3,
            "layer_types": ["full_attention", "sliding_attention", "sliding_attention"],
            "attention_bias": True,
            "attn_logit_softcapping": 3.0,
            "final_logit_softcapping": 4.0,
        },
    ),
    "gemma3_text": (
        "gemma3_text",
        {
            **GEMMA,
            "num_hidden_layers": 3,
            "sliding_window_pattern": 2,
            "final_logit_softcapping": 6.0,
            "rope_parameters": {
                "full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 50000.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 700.0},
            },
        },
    ),
    "mixtral": (
        "mixtral",
        {**BASE, "intermediate_size": 24, "num_local_experts": 3, "num_experts_per_tok": 2, "sliding_window": 5},
    ),
    "qwen2_moe": (
        "qwen2_moe",
        {
            **BASE,
            "num_hidden_layers": 3,
            "moe_intermediate_size": 16,
            "shared_expert_intermediate_size": 24,
            "num_experts": 4,
            "num_experts_per_tok": 2,
            "mlp_only_layers": [1],
            "use_sliding_window": True,
            "sliding_window": 5,
            "max_window_layers": 2,
        },
    ),
    "phi3": (
        "phi3",
        {
            **BASE,
            "max_position_embeddings": 128,
            "original_max_position_embeddings": 32,
            "rope_parameters": {
                "rope_type": "longrope",
                "rope_theta": 10000.0,
                "partial_rotary_factor": 0.75,
                "short_factor": [1.0, 1.2, 1.5],
                "long_factor": [2.0, 3.0, 5.0],
            },
        },
    ),
    "olmo2": ("olmo2", BASE),
    "granite": (
        "granite",
        {
            **BASE,
            "embedding_multiplier": 3.0,
            "attention_multiplier": 0.2,
            "residual_multiplier": 0.7,
            "logits_scaling": 2.5,
            "attention_bias": True,
            "mlp_bias": True,
        },
    ),
    "smollm3": (
        "smollm3",
        {**BASE, "no_rope_layer_interval": 2, "use_sliding_window": True, "sliding_window": 5},
    ),
}


def model(family, fields, seed):
    """Random weights large enough for every part to matter, rounded to BF16."""
    torch.manual_seed(seed)
    made = AutoModelForCausalLM.from_config(
        AutoConfig.for_model(family, **json.loads(json.dumps(fields))), attn_implementation="eager"
    )
    with torch.no_grad():
        for name, weight in made.named_parameters():
            if "norm" in name or "ln_" in name:
                middle = 0.0 if "gemma" in family or name.endswith("bias") else 1.0
                weight.copy_(middle + 0.3 * torch.randn_like(weight))
            else:
                weight.copy_((0.5 if "embed" in name or "wte" in name else 0.3) * torch.randn_like(weight))
            weight.copy_(weight.bfloat16())
    made.tie_weights()
    return made.eval()


def observed(made):
    """Projections whose inputs are summed up: the first attention's first and the last block's last."""
    names = [
        name
        for name, module in made.named_modules()
        if (isinstance(module, torch.nn.Linear) or type(module).__name__ == "Conv1D") and name != "lm_head"
    ]
    return [names[0], names[-1]]


def fixture(name, seed):
    family, fields = FIXTURES[name]
    made = model(family, fields, seed)
    folder = pathlib.Path(name)
    made.to(torch.bfloat16).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    made = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    modules, grams = dict(made.named_modules()), {}

    def hook(which):
        def add(_, inputs):
            x = inputs[0].detach().double().flatten(0, -2)
            grams[which] = grams.get(which, 0) + x.T @ x

        return add

    handles = [modules[which].register_forward_pre_hook(hook(which)) for which in observed(made)]
    norm = made.get_submodule({"gpt2": "transformer.ln_f"}.get(family, "model.norm"))
    last = {}
    handles.append(norm.register_forward_pre_hook(lambda _, inputs: last.update(block=inputs[0])))
    tensors, facts = {}, {"loss": {}, "greedy": {}}
    tokens = {f"seq{i}": torch.randint(3, fields["vocab_size"], (length,)) for i, length in enumerate((11, 23))}
    with torch.no_grad():
        for sequence, ids in tokens.items():
            out = made(ids[None], output_hidden_states=True, use_cache=False)
            states = [*out.hidden_states[:-1], last["block"]]
            tensors[f"{sequence}.input_ids"] = ids
            tensors[f"{sequence}.logits"] = out.logits[0]
            tensors[f"{sequence}.hidden.final"] = out.hidden_states[-1][0]
            for k, state in enumerate(states):
                tensors[f"{sequence}.hidden.{k}"] = state[0]
            chances = out.logits[0, :-1].double().log_softmax(-1)
            facts["loss"][sequence] = -chances.gather(1, ids[1:, None]).mean().item()
    for handle in handles:
        handle.remove()
    with torch.no_grad():
        for sequence, ids in tokens.items():
            margins, new = [], []
            for _ in range(6):
                logits = made(torch.cat([ids, torch.tensor(new, dtype=torch.long)])[None], use_cache=False).logits[0, -1]
                best = logits.topk(2).values
                margins.append((best[0] - best[1]).item())
                new.append(logits.argmax().item())
            facts["greedy"][sequence] = {"next_tokens": new, "min_top1_margin": min(margins)}
    tensors |= {f"gram.{which}": gram for which, gram in grams.items()}
    save_file({key: value.contiguous() for key, value in tensors.items()}, folder / "expected.safetensors")
    (folder / "expected.json").write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    for number, each in enumerate(FIXTURES):
        if each in sys.argv[1:] or len(sys.argv) == 1:
            fixture(each, 100 + number)
