"""What Compot itself makes of a model: the other side of each comparison."""

import os
import pathlib
import subprocess

from safetensors.torch import load_file


def run(*words):
    done = subprocess.run([os.environ["COMPOT"], *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"compot {' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout


def export(model, form, output, *more):
    run("export", model, "--format", form, "-o", output, "--force", *more)
    return output


def logits(model, tokens, folder):
    """Logits of all positions, [T, V], in single precision."""
    output = pathlib.Path(folder) / "forward.safetensors"
    run("forward", model, "--tokens", ",".join(map(str, tokens)), "--dtype", "f32", "-o", output, "--force")
    return load_file(output)["logits"].reshape(len(tokens), -1)
