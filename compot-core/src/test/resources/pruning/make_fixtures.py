"""Distances, maps and importances of the bundled model, by the published formulas with torch and
transformers 5.24 (ReplaceMe, arXiv 2505.02819; LLM-Pruner, arXiv 2305.11627), in double.

    python make_fixtures.py ../../../../../demo/model > expected.json
"""

import json
import math
import sys

import torch
from transformers import AutoModelForCausalLM

WINDOWS, LENGTH, RIDGE = 8, 64, 1e-4
GAP_FIRST, GAP_COUNT = 2, 1


def tokens():
    return torch.tensor(
        [[(i * 37 + j * j * 11 + i * j * 3) % 1024 for j in range(LENGTH)] for i in range(WINDOWS)]
    )


def replaceme(model):
    blocks = len(model.model.layers)
    made = {}
    front = GAP_FIRST - 1
    hook = model.model.layers[front].mlp.register_forward_hook(
        lambda _, __, output: made.update(m=output.detach())
    )
    # The last of the states that transformers gives is normalised: the blocks' own are taken here.
    states = []
    hooks = [
        layer.register_forward_pre_hook(lambda _, args: states.append(args[0].detach()))
        for layer in model.model.layers
    ]
    hooks.append(
        model.model.norm.register_forward_pre_hook(lambda _, args: states.append(args[0].detach()))
    )
    with torch.no_grad():
        logits = model(tokens()).logits
    for each in hooks + [hook]:
        each.remove()
    cosine, l2 = {}, {}
    for before in range(1, blocks):
        for behind in range(before + 1, blocks + 1):
            a, b = states[before], states[behind]
            cos = torch.nn.functional.cosine_similarity(a, b, dim=-1).clamp(-1, 1)
            cosine[f"{before}-{behind}"] = (cos.acos() / math.pi).mean().item()
            l2[f"{before}-{behind}"] = (a - b).norm(dim=-1).mean().item()
    m = made["m"].reshape(-1, made["m"].shape[-1])
    y = states[GAP_FIRST].reshape(m.shape) - m
    target = states[GAP_FIRST + GAP_COUNT].reshape(m.shape)
    gram = m.T @ m
    gram += RIDGE * gram.diagonal().mean() * torch.eye(gram.shape[0], dtype=gram.dtype)
    linear = torch.linalg.solve(gram, m.T @ (target - y))
    down = model.model.layers[front].mlp.down_proj
    original = down.weight.detach().clone()
    folded = linear.T @ original
    down.weight.data = folded
    layers = model.model.layers
    model.model.layers = torch.nn.ModuleList(
        [layer for i, layer in enumerate(layers) if not GAP_FIRST <= i < GAP_FIRST + GAP_COUNT]
    )
    with torch.no_grad():
        after = model(tokens(), use_cache=False).logits
    model.model.layers = layers
    down.weight.data = original
    p = torch.log_softmax(logits, -1)
    kl = (p.exp() * (p - torch.log_softmax(after, -1))).sum(-1).mean().item()
    return {
        "cosine": cosine,
        "l2": l2,
        "folded": [folded[i * 13 % 128, i * 29 % 352].item() for i in range(16)],
        "kl": kl,
    }


def llm_pruner(model):
    layers = model.model.layers
    names = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
             "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]
    weights = {
        f"{i}.{name}": layers[i].get_submodule(name).weight for i in range(len(layers)) for name in names
    }
    fisher = {name: torch.zeros_like(w) for name, w in weights.items()}
    for sample in tokens():
        model.zero_grad()
        model(sample[None], labels=sample[None]).loss.backward()
        for name, w in weights.items():
            fisher[name] += w.grad**2 / WINDOWS
    model.zero_grad()
    model(tokens(), labels=tokens()).loss.backward()

    def salience(kind, name):
        w, g, f = weights[name].detach(), weights[name].grad, fisher[name]
        return {
            "first": (w * g).abs(),
            "second": (w * f * w).abs(),
            "mixed": (w * g - 0.5 * w * f * w).abs(),
            "vector": w * g,
        }[kind]

    def rows(kind, name, groups):
        return salience(kind, name).sum(1).abs().view(groups, -1).sum(1)

    def columns(kind, name, groups):
        return salience(kind, name).sum(0).abs().view(groups, -1).sum(1)

    heads = model.config.num_key_value_heads
    inner = model.config.intermediate_size
    found = {}
    for kind in ["first", "second", "mixed", "vector"]:
        for block in range(len(layers)):
            attention, mlp = f"{block}.self_attn.", f"{block}.mlp."
            members = [rows(kind, attention + p, heads) for p in ["q_proj", "k_proj", "v_proj"]]
            members.append(columns(kind, attention + "o_proj", heads))
            neurons = [rows(kind, mlp + p, inner) for p in ["gate_proj", "up_proj"]]
            neurons.append(columns(kind, mlp + "down_proj", inner))
            for reduce, of in {
                "sum": lambda x: x.sum(0),
                "mean": lambda x: x.mean(0),
                "max": lambda x: x.amax(0),
                "prod": lambda x: x.prod(0),
            }.items():
                if block == 1 or reduce == "sum":
                    found[f"{kind}-{reduce}-{block}"] = {
                        "heads": of(torch.stack(members)).tolist(),
                        "channels": of(torch.stack(neurons))[:8].tolist(),
                    }
    return found


def main():
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(
        sys.argv[1], dtype=torch.float64, attn_implementation="eager"
    )
    model.eval()
    json.dump({"replaceme": replaceme(model), "llm-pruner": llm_pruner(model)}, sys.stdout, indent=1)
    print()


main()
