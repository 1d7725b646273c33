"""Distances, maps and importances of the bundled model, by the published formulas with torch and
transformers 5.24 (ReplaceMe, arXiv 2505.02819; ShortGPT, arXiv 2403.03853; LLM-Pruner, arXiv
2305.11627), in double. Masks of a weight that a formula gives, by Wanda (arXiv 2306.11695) and SparseGPT
(arXiv 2301.00774), as their published loops make them, and what Dobi-SVD's incremental PCA (arXiv
2502.02723) loses of its outputs.

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


def nearest_in_angle(m, y, target, start):
    """The map of the least mean of 1 - cos(M T + Y, L'), by torch's own optimiser to the end."""

    def distance(linear):
        return (1 - torch.nn.functional.cosine_similarity(m @ linear + y, target, dim=-1)).mean()

    linear = start.clone(memory_format=torch.contiguous_format).requires_grad_(True)
    optimiser = torch.optim.LBFGS(
        [linear], max_iter=300, history_size=20, tolerance_grad=1e-12,
        tolerance_change=1e-14, line_search_fn="strong_wolfe",
    )

    def closure():
        optimiser.zero_grad()
        loss = distance(linear)
        loss.backward()
        return loss

    optimiser.step(closure)
    with torch.no_grad():
        identity = torch.eye(start.shape[0], dtype=start.dtype)
        return {
            "identity": distance(identity).item(),
            "least-squares": distance(start).item(),
            "cosine": distance(linear).item(),
        }


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
    angles = nearest_in_angle(m, y, target, linear)
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
        "influence": [
            (1 - torch.nn.functional.cosine_similarity(states[i], states[i + 1], dim=-1)).mean().item()
            for i in range(blocks)
        ],
        "angles": angles,
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


OUT, IN, ROWS, BLOCK = 8, 256, 400, 128


def waves(rows, columns, seed):
    i = torch.arange(rows)[:, None]
    j = torch.arange(columns)[None, :]
    return torch.sin(((seed + i * 37 + j * j * 11 + i * j * (i + 3)) % 1021).double())


def wanda(w, x, sparsity, n, m):
    metric = w.abs() * (x.norm(dim=0) ** 2 / len(x)).sqrt().reshape(1, -1)
    mask = torch.zeros_like(w) == 1
    if n:
        for i in range(0, IN, m):
            part = metric[:, i : i + m]
            mask.scatter_(1, i + torch.topk(part, n, dim=1, largest=False)[1], True)
    else:
        order = torch.sort(metric, dim=-1, stable=True)[1]
        mask.scatter_(1, order[:, : int(IN * sparsity)], True)
    pruned = w.clone()
    pruned[mask] = 0
    return pruned


def sparsegpt(w, x, sparsity, n, m):
    w = w.clone()
    h = 2 / len(x) * x.T @ x
    h += 0.01 * h.diagonal().mean() * torch.eye(IN, dtype=h.dtype)
    inverse = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(h)), upper=True)
    for from_ in range(0, IN, BLOCK):
        to = from_ + BLOCK
        w1 = w[:, from_:to].clone()
        q1, err1 = torch.zeros_like(w1), torch.zeros_like(w1)
        inverse1 = inverse[from_:to, from_:to]
        if n:
            mask1 = torch.zeros_like(w1) == 1
        else:
            cost = w1**2 / inverse1.diagonal().reshape(1, -1) ** 2
            mask1 = cost <= torch.sort(cost.flatten())[0][int(cost.numel() * sparsity)]
        for i in range(BLOCK):
            if n and i % m == 0:
                cost = w1[:, i : i + m] ** 2 / inverse1.diagonal()[i : i + m].reshape(1, -1) ** 2
                mask1.scatter_(1, i + torch.topk(cost, n, dim=1, largest=False)[1], True)
            q = w1[:, i].clone()
            q[mask1[:, i]] = 0
            q1[:, i] = q
            err = (w1[:, i] - q) / inverse1[i, i]
            w1[:, i:] -= err[:, None] * inverse1[i, i:][None, :]
            err1[:, i] = err
        w[:, from_:to] = q1
        w[:, to:] -= err1 @ inverse[from_:to, to:]
    return w


def masks():
    w = waves(OUT, IN, 1)
    x = waves(ROWS, IN, 2) * (0.2 + torch.arange(IN) % 7)
    # SparseGPT's threshold goes as well: one less is asked for.
    less = 0.5 / (OUT * BLOCK)
    found = {
        "wanda-free": wanda(w, x, 0.5, 0, 0),
        "wanda-2:4": wanda(w, x, 0, 2, 4),
        "sparsegpt-free": sparsegpt(w, x, 0.5 - less, 0, 0),
        "sparsegpt-2:4": sparsegpt(w, x, 0, 2, 4),
    }
    return {
        name: {
            "kept": ["".join("1" if kept else "0" for kept in row) for row in (pruned != 0).tolist()],
            "row": [round(each, 9) for each in pruned[3].tolist()],
        }
        for name, pruned in found.items()
    }


def dobi_svd():
    """Relative error of outputs behind the principal directions of batches seen one by one."""
    w = waves(40, IN, 3)[:, :24]
    x = waves(ROWS, IN, 4)[:, :24] * (0.2 + torch.arange(24) % 7)
    outputs = x @ w.T
    lost = {}
    for rank in [4, 10, 16, 20]:
        seen = torch.zeros(0, 40, dtype=torch.float64)
        for batch in outputs.split(50):
            _, s, v = torch.linalg.svd(batch, full_matrices=False)
            kept = s[:rank, None] * v[:rank]
            _, s, v = torch.linalg.svd(torch.cat([seen, kept]), full_matrices=False)
            seen = s[:rank, None] * v[:rank]
        v = torch.nn.functional.normalize(seen, dim=1).T
        updated = (w.T @ v @ v.T).T
        lost[rank] = ((outputs - x @ updated.T).norm() / outputs.norm()).item()
    return lost


def main():
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(
        sys.argv[1], dtype=torch.float64, attn_implementation="eager"
    )
    model.eval()
    found = {
        "replaceme": replaceme(model),
        "llm-pruner": llm_pruner(model),
        "masks": masks(),
        "dobi-svd": dobi_svd(),
    }
    json.dump(found, sys.stdout, indent=1)
    print()


main()
