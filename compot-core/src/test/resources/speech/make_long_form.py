"""Makes long_form.json: what transformers writes of long noise with the golden random Whisper.

    python make_long_form.py FOLDER_OF_THE_GOLDEN_WHISPER OUT.json

Needs torch and transformers 5.24. The model's vocabulary is cut up anew: tokens below 38 are words, 38 ends a text,
39 follows what was said before, 40 says that nobody speaks, 41 asks for no times, all others are times."""
import json
import sys

import numpy as np
import torch
from transformers import GenerationConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration


def noise(seed, samples):
    """The same numbers everywhere: a linear congruence, as the test has it."""
    state = np.uint64(seed)
    out = np.empty(samples, np.float32)
    a, c = np.uint64(6364136223846793005), np.uint64(1442695040888963407)
    with np.errstate(over="ignore"):
        for i in range(samples):
            state = state * a + c
            loud = 0.3 + 0.2 * np.sin(i / 900.0)
            out[i] = np.int16((float(state >> np.uint64(40)) / 2**24 - 0.5) * loud * 32767) / np.float32(32768)
    return out


def main(folder, out):
    model = WhisperForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    for field in ("suppress_tokens", "begin_suppress_tokens", "forced_decoder_ids"):
        if hasattr(model.config, field):
            setattr(model.config, field, None)
    extractor = WhisperFeatureExtractor.from_pretrained(folder)
    rows = []
    for seed, samples in [(1, 37_123), (2, 52_000), (3, 16_001), (4, 64_777), (5, 80_000)]:
        for follow in (True, False):
            sound = noise(seed, samples)
            given = extractor(sound, sampling_rate=16_000, return_tensors="pt", truncation=False, padding="longest",
                              return_attention_mask=True)
            config = GenerationConfig(
                decoder_start_token_id=95, bos_token_id=95, eos_token_id=38, pad_token_id=38, suppress_tokens=[3, 5],
                begin_suppress_tokens=[7], max_length=64)
            config.no_timestamps_token_id = 41
            config.prev_sot_token_id = 39
            config.max_initial_timestamp_index = 20
            config.is_multilingual = False
            model.generation_config = config
            made = model.generate(
                given.input_features, attention_mask=given.attention_mask, return_timestamps=True,
                return_segments=True, condition_on_prev_tokens=follow, temperature=(0.0,),
                compression_ratio_threshold=1.35, logprob_threshold=-1.0, no_speech_threshold=0.6)
            rows.append({
                "seed": seed, "samples": samples, "follow": follow,
                "segments": [{"start": round(float(s["start"]), 4), "end": round(float(s["end"]), 4),
                              "tokens": s["tokens"].tolist()} for s in made["segments"][0]]})
            print(rows[-1])
    with open(out, "w") as file:
        json.dump({"made_with": "transformers 5.24.0", "rows": rows}, file)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
