"""Exports of two models in the real readers; see peers/verify."""

import pathlib
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version

import compot
import families
import readers

HERE = pathlib.Path(__file__).parent
TEXT = "Once upon a time, there was a little girl named Lily. She loved"
NEW = 16
PARTS = ["families", "gguf", "compressed-tensors", "gptq", "transformers", "mlx"]
MLX = ["llama", "mistral", "qwen2", "qwen3", "olmo2", "granite"]
failures = []


def check(what, reader, model, tokens, folder, tolerance, tie, count=NEW):
    """A reader's logits against ours, and its greedy tokens: each must be ours up to a tie so near."""
    try:
        found = readers.greedy(reader, tokens, count)
        theirs = reader(found)
        ours = compot.logits(model, found, folder)
        difference = (ours - theirs).abs().max().item()
        gaps = [(ours[i - 1].max() - ours[i - 1][found[i]]).item() for i in range(len(tokens), len(found))]
        good = difference <= tolerance and max(gaps) <= tie
        same = sum(gap == 0 for gap in gaps)
        line = f"logits differ by at most {difference:.2g}, {same} of {count} greedy tokens are ours"
        if same < count:
            line += f", others within {max(gaps):.2g}"
    except Exception as e:  # the reader's own words are the finding
        good, line = False, f"{type(e).__name__}: {str(e).strip().splitlines()[-1][:160] if str(e).strip() else ''}"
    if not good:
        failures.append(what)
    print(f"{'ok  ' if good else 'FAIL'}  {what}: {line}", flush=True)


def check_families(folder):
    for name in families.FAMILIES:
        model = families.write(name, folder / name.replace(", ", "-").replace(" ", "-"))
        try:
            file = compot.export(model, "gguf", folder / "family.gguf", "--type", "f32")
        except SystemExit as e:
            failures.append(name)
            print(f"FAIL  gguf {name}: {e}", flush=True)
            continue
        tokens = [5, 50, 7, 7, 21, 40, 12, 33, 9, 4, 30, 88]
        # gelu and tanh come from tables of half precision there
        loose = 2e-2 if name.startswith(("gemma", "gpt2")) else 2e-3
        check(f"gguf f32 of {name}", readers.LlamaCpp(file, 64), model, tokens, folder, loose, loose)
        if name in MLX and "not" not in installed("mlx-lm"):
            output = compot.export(model, "mlx", folder / "family-mlx", "--width", "6", "--group", "32")
            check(f"mlx 6 bits of {name}", readers.Mlx(output), output, tokens, folder, 2e-3, 2e-3)


def check_gguf(name, model, folder):
    import gguf
    import torch

    tokens = readers.tokens_of(model, TEXT)
    # Blocks are multiplied by activations that are rounded to 8 bits there.
    for kind, tolerance, tie in (("f32", 5e-3, 1e-2), ("f16", 0.1, 0.1), ("q8_0", 2, 1), ("q4_k_m", 3, 2), ("iq4_nl", 3, 2)):
        file = compot.export(model, "gguf", folder / f"{kind}.gguf", "--type", kind)
        reader = readers.LlamaCpp(file)
        if reader.tokens(TEXT) != tokens:
            failures.append(f"tokens of {name}")
            print(f"FAIL  gguf {kind} of {name}: llama.cpp cuts the text into other tokens")
        check(f"gguf {kind} of {name} in llama.cpp", reader, file, tokens, folder, tolerance, tie)
        dense = compot_tensors(file, folder)
        worst, count = 0.0, 0
        for tensor in gguf.GGUFReader(file).tensors:
            hub = dense.get(tensor.name)
            if hub is not None:
                values = torch.from_numpy(gguf.quants.dequantize(tensor.data, tensor.tensor_type).copy()).float()
                worst, count = max(worst, (values.reshape(-1) - hub.reshape(-1)).abs().max().item()), count + 1
        good = count > 0 and worst == 0
        if not good:
            failures.append(f"gguf {kind} of {name} in gguf-py")
        print(f"{'ok  ' if good else 'FAIL'}  gguf {kind} of {name} in gguf-py: {count} tensors, largest difference {worst:.2g}")


def compot_tensors(file, folder):
    """What Compot reads out of a file, written again in full precision under llama.cpp's names."""
    import gguf
    import torch

    plain = compot.export(file, "gguf", folder / "again.gguf", "--type", "f32", "--tokenizer", "without")
    return {
        tensor.name: torch.from_numpy(tensor.data.copy())
        for tensor in gguf.GGUFReader(plain).tensors
        if tensor.name != "rope_freqs.weight"
    }


def check_grids(form, name, model, folder, kinds):
    tokens = readers.tokens_of(model, TEXT)
    for kind, more in kinds.items():
        output = compot.export(model, form, folder / f"{form}-{kind}".replace(" ", "-"), *more)
        # GPTQModel multiplies scales by codes in half precision.
        tolerance = 0.2 if form == "gptq" else 5e-3
        check_folder(f"{form} {kind} of {name}", output, tokens, folder, tolerance, READERS[form])


def check_folder(what, output, tokens, folder, tolerance, open_folder):
    try:
        reader = open_folder(output)
    except Exception as e:
        if "compressed-tensors with zero points" in what:  # its own files of that kind are refused, too
            print(f"ok    {what}: refused, as is known of these versions", flush=True)
            return
        failures.append(what)
        print(f"FAIL  {what}: {type(e).__name__}: {str(e).strip().splitlines()[0][:160]}", flush=True)
        return
    check(what, reader, output, tokens, folder, tolerance, tolerance)


def trusted(folder):
    return readers.Transformers(folder, trust_remote_code=True)


READERS = {
    "compressed-tensors": readers.Transformers,
    "gptq": readers.Gptq,
    "mlx": readers.Mlx,
}


def check_transformers(name, model, folder):
    tokens = readers.tokens_of(model, TEXT)
    text = HERE.parent / "demo" / "calibration.txt"
    light = ("--samples", "8", "--length", "64")
    for method, more in {
        "rtn": ("--method", "rtn", "--width", "4"),
        "compot": ("--method", "compot", "--ratio", "0.2", "--calibration", text, *light),
        "svd-llm": ("--method", "svd-llm", "--ratio", "0.2", "--calibration", text, *light),
        "trellis": ("--method", "trellis", "--width", "3", "--calibration", text, *light),
    }.items():
        packed = folder / f"packed-{method}"
        compot.run("compress", model, "-o", packed, "--force", *more)
        output = compot.export(packed, "transformers", folder / f"transformers-{method}")
        check_folder(f"transformers {method} of {name}", output, tokens, folder, 5e-3, trusted)


def installed(package):
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} (not installed)"


def main(words):
    parts = [word for word in words if word in PARTS] or PARTS
    models = {"demo": HERE.parent / "demo" / "model"}
    models |= {pathlib.Path(word).name: pathlib.Path(word) for word in words if word not in PARTS}
    packages = [
        "torch",
        "transformers",
        "compressed-tensors",
        "gguf",
        "llama-cpp-python",
        "gptqmodel",
        "optimum",
        "mlx",
        "mlx-lm",
    ]
    print(", ".join(map(installed, packages)), flush=True)
    widths = ("--width", "4", "--group", "32", "--zero-points")
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        if "families" in parts:
            check_families(folder)
        for name, model in models.items():
            if "gguf" in parts:
                check_gguf(name, model, folder)
            if "compressed-tensors" in parts:
                kinds = {"symmetric": (*widths, "none"), "with zero points": (*widths, "fitted")}
                check_grids("compressed-tensors", name, model, folder, kinds)
            if "gptq" in parts and "not" not in installed("gptqmodel"):
                check_grids("gptq", name, model, folder, {"v1": (*widths, "none"), "v2": (*widths, "fitted")})
            if "mlx" in parts and "not" not in installed("mlx-lm"):
                check_grids("mlx", name, model, folder, {"symmetric": (*widths, "none"), "with biases": (*widths, "fitted")})
            if "transformers" in parts:
                check_transformers(name, model, folder)
    if failures:
        sys.exit(f"{len(failures)} not as expected: " + "; ".join(failures))


main(sys.argv[1:])
