"""Writes a tiny seeded model that sees and what Hugging Face transformers makes of images and texts, as make_fixtures.py does
for models of text alone. Made with transformers 5.24.0 and torch; run it in this folder to make it again:

    python make_vision_fixtures.py
"""

import json
import logging
import pathlib
import sys
import warnings

import torch
from safetensors.torch import save_file
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

# Bytes are the tokens below 256, as those of the tokenizer that tests put beside it.
IMAGE = 268
TEXT = {
    "vocab_size": 270,
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 12,
    "max_position_embeddings": 512,
    "bos_token_id": 256,
    "eos_token_id": 258,
    "rope_parameters": {"rope_type": "default", "rope_theta": 700.0, "mrope_section": [2, 2, 2], "mrope_interleaved": True},
}
VISION = {
    "depth": 4,
    "hidden_size": 16,
    "intermediate_size": 20,
    "num_heads": 2,
    "patch_size": 4,
    "temporal_patch_size": 2,
    "spatial_merge_size": 2,
    "out_hidden_size": 24,
    "num_position_embeddings": 25,
    "deepstack_visual_indexes": [2, 0],
}
TOP = {"image_token_id": IMAGE, "video_token_id": 269, "vision_start_token_id": 265, "vision_end_token_id": 266}
PROCESSOR = {
    "image_processor_type": "Qwen2VLImageProcessorFast",
    "size": {"shortest_edge": 256, "longest_edge": 4096},
    "patch_size": 4,
    "temporal_patch_size": 2,
    "merge_size": 2,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
}
FIXTURES = {"qwen3_vl": ({**TOP, "tie_word_embeddings": True}, TEXT, VISION)}

# Of each sequence: runs of text by their length, images by their rows and columns of patches.
SEQUENCES = {"seq0": [3, (4, 6), 4, (2, 8), 1, (10, 2), 3], "seq1": [14], "seq2": [(6, 6), 2]}


def model(top, text, vision, seed):
    """Random weights large enough for every part to matter, rounded to BF16."""
    torch.manual_seed(seed)
    config = Qwen3VLConfig(text_config=dict(text), vision_config=dict(vision), **top)
    config._attn_implementation = "eager"
    made = Qwen3VLForConditionalGeneration(config)
    with torch.no_grad():
        for name, weight in made.named_parameters():
            if "norm" in name:
                weight.copy_((0.0 if name.endswith("bias") else 1.0) + 0.3 * torch.randn_like(weight))
            else:
                weight.copy_((0.5 if "embed" in name else 0.3) * torch.randn_like(weight))
            weight.copy_(weight.bfloat16())
    made.tie_weights()
    return made.eval()


def inputs(parts, vision):
    merge, tokens, grids = vision["spatial_merge_size"], [], []
    for part in parts:
        if isinstance(part, int):
            tokens += torch.randint(0, 256, (part,)).tolist()
        else:
            tokens += [TOP["vision_start_token_id"], *[IMAGE] * (part[0] * part[1] // merge**2), TOP["vision_end_token_id"]]
            grids.append([1, *part])
    given = {"input_ids": torch.tensor([tokens])}
    if grids:
        numbers = 3 * vision["temporal_patch_size"] * vision["patch_size"] ** 2
        given["image_grid_thw"] = torch.tensor(grids)
        given["pixel_values"] = torch.rand(sum(g[1] * g[2] for g in grids), numbers) * 2 - 1
        given["mm_token_type_ids"] = (given["input_ids"] == IMAGE).int()
    return given


def fixture(name, seed, folder):
    top, text, vision = FIXTURES[name]
    made = model(top, text, vision, seed)
    made.to(torch.bfloat16).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    (folder / "preprocessor_config.json").write_text(json.dumps(PROCESSOR, indent=1) + "\n")
    made = Qwen3VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    layers, blocks = made.model.language_model.layers, made.model.visual.blocks
    seen, grams = {}, {}

    def into(which):
        return lambda _, args, kwargs: seen.update({which: args[0] if args else kwargs["hidden_states"]})

    def out(which):
        return lambda _, args, result: seen.update({which: result[0] if isinstance(result, tuple) else result})

    def product(which):
        def add(_, args):
            x = args[0].detach().double().flatten(0, -2)
            grams[which] = grams.get(which, 0) + x.T @ x

        return add

    for k, layer in enumerate(layers):
        layer.register_forward_pre_hook(into(f"hidden_in.{k}" if k else "hidden.0"), with_kwargs=True)
        layer.register_forward_hook(out(f"hidden.{k + 1}"))
    made.model.language_model.norm.register_forward_pre_hook(into(f"hidden_in.{len(layers)}"), with_kwargs=True)
    made.model.language_model.norm.register_forward_hook(out("hidden.final"))
    for k, block in enumerate(blocks):
        if k == 0:
            block.register_forward_pre_hook(into("vision.hidden.0"), with_kwargs=True)
        block.register_forward_hook(out(f"vision.hidden.{k + 1}"))
    for which in [
        "model.language_model.layers.0.self_attn.q_proj",
        "model.language_model.layers.1.mlp.down_proj",
        "model.visual.blocks.0.attn.qkv",
        "model.visual.blocks.3.mlp.linear_fc2",
        "model.visual.merger.linear_fc1",
        "model.visual.deepstack_merger_list.0.linear_fc2",
    ]:
        if which in dict(made.named_modules()):
            made.get_submodule(which).register_forward_pre_hook(product(which))
    tower = made.model.visual
    tower.register_forward_hook(
        lambda _, args, result: seen.update(
            {"vision.embeds": result.pooler_output}
            | {f"vision.deepstack.{k}": each for k, each in enumerate(result.deepstack_features)}
        )
    )
    tensors, facts = {}, {"loss": {}}
    with torch.no_grad():
        for sequence, parts in SEQUENCES.items():
            seen.clear()
            given = inputs(parts, vision)
            result = made(**given, use_cache=False)
            ids = given["input_ids"][0]
            positions = torch.arange(len(ids)).expand(3, -1)
            if "image_grid_thw" in given:
                positions, _ = made.model.get_rope_index(given["input_ids"], given["mm_token_type_ids"], given["image_grid_thw"])
                positions = positions[:, 0]
                tensors[f"{sequence}.image_grid_thw"] = given["image_grid_thw"]
                tensors[f"{sequence}.pixel_values"] = given["pixel_values"]
            tensors[f"{sequence}.input_ids"] = ids
            tensors[f"{sequence}.position_ids"] = positions
            tensors[f"{sequence}.logits"] = result.logits[0]
            for which, state in seen.items():
                tensors[f"{sequence}.{which}"] = state[0] if state.dim() == 3 else state
            chances = result.logits[0, :-1].double().log_softmax(-1)
            facts["loss"][sequence] = -chances.gather(1, ids[1:, None]).mean().item()
    tensors |= {f"gram.{which}": gram for which, gram in grams.items()}
    save_file({key: value.clone().contiguous() for key, value in tensors.items()}, folder / "expected.safetensors")
    (folder / "expected.json").write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    for number, each in enumerate(FIXTURES):
        if each in sys.argv[1:] or len(sys.argv) == 1:
            fixture(each, 200 + number, pathlib.Path(each))
