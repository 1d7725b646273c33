"""Each program behind one call: from a file or folder and tokens to logits, [T, V]."""

import ctypes
import json
import pathlib

import numpy
import torch


class LlamaCpp:
    """llama.cpp through its C interface; its Python class does not pass on what is needed here."""

    def __init__(self, path, context=512):
        import llama_cpp

        self.api = llama_cpp
        quiet = llama_cpp.llama_log_callback(lambda *_: None)
        self.keep = quiet
        llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))
        model = llama_cpp.llama_model_default_params()
        model.use_extra_bufts = False  # repacking crashes on some processors
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), model)
        if not self.model:
            raise ValueError(f"llama.cpp does not load {path}")
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx = settings.n_batch = settings.n_ubatch = context
        settings.n_threads = settings.n_threads_batch = 2
        settings.type_k = settings.type_v = 0  # keys and values in F32
        settings.flash_attn_type = 0
        self.context = llama_cpp.llama_init_from_model(self.model, settings)
        self.width = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self.model))

    def __call__(self, tokens):
        api, count = self.api, len(tokens)
        api.llama_memory_clear(api.llama_get_memory(self.context), True)
        batch = api.llama_batch_init(count, 0, 1)
        batch.n_tokens = count
        for i, token in enumerate(tokens):
            batch.token[i], batch.pos[i] = token, i
            batch.n_seq_id[i], batch.seq_id[i][0], batch.logits[i] = 1, 0, 1
        if api.llama_decode(self.context, batch):
            raise ValueError("llama.cpp does not compute it")
        rows = api.llama_get_logits(self.context)
        out = numpy.ctypeslib.as_array(rows, shape=(count * self.width,)).copy()
        api.llama_batch_free(batch)
        return torch.from_numpy(out).view(count, self.width)

    def tokens(self, text):
        vocabulary = self.api.llama_model_get_vocab(self.model)
        raw = text.encode()
        found = (self.api.llama_token * 256)()
        count = self.api.llama_tokenize(vocabulary, raw, len(raw), found, 256, False, False)
        return list(found[:count])


class Transformers:
    def __init__(self, folder, **more):
        from transformers import AutoModelForCausalLM

        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **more).eval()

    def __call__(self, tokens):
        with torch.no_grad():
            return self.model(torch.tensor([tokens])).logits[0].float()


class Mlx:
    """mlx-lm, which computes on the CPU where mlx-cpu is there."""

    def __init__(self, folder):
        import mlx.core
        from mlx_lm.utils import load_model

        self.core = mlx.core
        self.model, _ = load_model(pathlib.Path(folder))
        self.model.set_dtype(self.core.float32)

    def __call__(self, tokens):
        logits = self.model(self.core.array([tokens]))[0].astype(self.core.float32)
        return torch.from_numpy(numpy.array(logits))


class Gptq(Transformers):
    """transformers with GPTQModel, by its kernel that needs no compiler and keeps single precision."""

    def __init__(self, folder):
        from transformers import GPTQConfig

        bits = json.loads((pathlib.Path(folder) / "quantize_config.json").read_text())["bits"]
        super().__init__(folder, quantization_config=GPTQConfig(bits=bits, backend="torch"))


def tokens_of(folder, text):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)(text, add_special_tokens=False)["input_ids"]


def greedy(reader, tokens, count):
    """The prompt and what the program itself adds to it."""
    tokens = list(tokens)
    for _ in range(count):
        tokens.append(int(reader(tokens)[-1].argmax()))
    return tokens
