"""Small seeded models of every family that llama.cpp has, as it has them."""

import json

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText

BASE = {
    "vocab_size": 96,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
}
EXPERTS = {"num_experts_per_tok": 2, "norm_topk_prob": False, "moe_intermediate_size": 32}
GEMMA = {**BASE, "head_dim": 16, "query_pre_attn_scalar": 16, "sliding_window": 6}
ROPES = {
    "full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 50000.0},
    "sliding_attention": {"rope_type": "default", "rope_theta": 700.0},
}
LONG = {
    "rope_type": "longrope",
    "rope_theta": 10000.0,
    "partial_rotary_factor": 0.75,
    "short_factor": [1.0, 1.1, 1.2, 1.3, 1.4, 1.5],
    "long_factor": [2.0, 3.0, 4.0, 5.0, 6.0, 7.0],
}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 10000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}
MULTIPLIERS = {
    "embedding_multiplier": 3.0,
    "attention_multiplier": 0.2,
    "residual_multiplier": 0.7,
    "logits_scaling": 2.5,
}

SECTIONS = {"rope_type": "default", "rope_theta": 50000.0, "mrope_section": [6, 5, 5], "mrope_interleaved": True}
TOWER = {
    "depth": 3,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_heads": 2,
    "patch_size": 4,
    "out_hidden_size": 64,
    "num_position_embeddings": 16,
    "deepstack_visual_indexes": [0, 2],
}
PHI = {**BASE, "pad_token_id": 0}
IDS = {"bos_token_id": 1, "eos_token_id": 2}

FAMILIES = {
    "llama": ("llama", {**BASE, "rope_parameters": LLAMA3, "attention_bias": True}),
    "mistral": ("mistral", {**BASE, "sliding_window": None}),
    "qwen2": ("qwen2", BASE),
    "qwen3": ("qwen3", {**BASE, "head_dim": 32}),
    "qwen3_vl": (
        "qwen3_vl",
        {
            "text_config": {**BASE, "head_dim": 32, "rope_parameters": SECTIONS},
            "vision_config": TOWER,
            "image_token_id": 90,
            "video_token_id": 91,
            "vision_start_token_id": 92,
            "vision_end_token_id": 93,
        },
    ),
    "gemma2": ("gemma2", {**GEMMA, "attn_logit_softcapping": 3.0, "final_logit_softcapping": 4.0}),
    "gemma2, layers as they come": (
        "gemma2",
        {**GEMMA, "layer_types": ["full_attention", "sliding_attention", "sliding_attention", "full_attention"]},
    ),
    "gemma3": ("gemma3_text", {**GEMMA, "sliding_window_pattern": 2, "rope_parameters": ROPES}),
    "gpt2": ("gpt2", {"vocab_size": 96, "n_embd": 64, "n_layer": 3, "n_head": 4, "n_inner": 96, "n_positions": 64}),
    "phi3": (
        "phi3",
        {**PHI, "max_position_embeddings": 256, "original_max_position_embeddings": 256, "rope_parameters": LONG},
    ),
    "mixtral": ("mixtral", {**BASE, "num_local_experts": 3, "num_experts_per_tok": 2, "sliding_window": None}),
    "qwen2_moe": ("qwen2_moe", {**BASE, **EXPERTS, "num_experts": 4, "shared_expert_intermediate_size": 48}),
    "qwen3_moe": ("qwen3_moe", {**BASE, **EXPERTS, "num_experts": 4, "head_dim": 32, "norm_topk_prob": True}),
    "olmo2": ("olmo2", {**BASE, "tie_word_embeddings": True}),
    "granite": ("granite", {**BASE, **MULTIPLIERS, "attention_bias": True, "mlp_bias": True}),
    "smollm3": ("smollm3", {**BASE, "pad_token_id": 0}),
}


def write(name, folder, seed=7):
    family, fields = FAMILIES[name]
    torch.manual_seed(seed)
    config = AutoConfig.for_model(family, **IDS, **json.loads(json.dumps(fields)))
    auto = AutoModelForImageTextToText if "vision_config" in fields else AutoModelForCausalLM
    made = auto.from_config(config, attn_implementation="eager")
    with torch.no_grad():
        for part, weight in made.named_parameters():
            norm = "norm" in part or "ln_" in part
            middle = 1.0 if norm and "gemma" not in family and not part.endswith("bias") else 0.0
            weight.copy_(middle + 0.15 * torch.randn_like(weight))
    made.tie_weights()
    made.save_pretrained(folder)
    return folder
