"""How long transformers and Compot take to write down one file of sound, in turns in one run.

    python peers/transcribe.py MODEL AUDIO ROUNDS COMMAND...

COMMAND is io.compot.benchmarks.TranscribeBenchmark, to which model and sound are added. AUDIO is a folder with mono files of
16 kHz, of which the first 30 seconds are taken, one behind the other, by their names (it takes soundfile). The first round warms up and does not count. Times are of the whole way from the file to the text, with the
model loaded; then, once each, of a process that does just this, from its start to its end.
"""

import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

THREADS = 2
# Read when libraries are loaded; threads that wait busily take each other's time.
os.environ.update(OMP_NUM_THREADS=str(THREADS), OMP_WAIT_POLICY="passive")

import numpy as np  # noqa: E402
import soundfile  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402

SAMPLES = 30 * 16000


def joined(folder, file):
    """The first 30 seconds of all WAV and FLAC files below a folder, as one file."""
    files = sorted(each for each in pathlib.Path(folder).rglob("*") if each.suffix in (".wav", ".flac"))
    soundfile.write(file, np.concatenate([sound(str(each)) for each in files])[:SAMPLES], 16000, subtype="PCM_16")


def sound(file):
    return soundfile.read(file, dtype="float32")[0]


def load(folder):
    model = transformers.WhisperForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    extractor = transformers.WhisperFeatureExtractor.from_pretrained(folder)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=folder + "/tokenizer.json")
    return model, extractor, tokenizer


def transcribe(parts, file):
    model, extractor, tokenizer = parts
    heard = extractor(sound(file), sampling_rate=16000, return_tensors="pt").input_features
    more = {"language": "en", "task": "transcribe"} if model.generation_config.is_multilingual else {}
    with torch.inference_mode():
        tokens = model.generate(heard, do_sample=False, num_beams=1, **more)
    return tokenizer.decode(tokens[0], skip_special_tokens=True).strip()


def main():
    folder, audio, rounds, command = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
    torch.set_num_threads(THREADS)
    if command == ["alone"]:
        print(transcribe(load(folder), audio))
        return
    with tempfile.TemporaryDirectory() as made:
        file = made + "/speech.wav"
        joined(audio, file)
        compare(folder, file, rounds, command)


def compare(folder, file, rounds, command):
    transformers.logging.set_verbosity_error()
    parts = load(folder)
    with subprocess.Popen(command + [folder, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as ours:
        times = []
        ours.stdout.readline()
        for _ in range(rounds + 1):
            ours.send_signal(signal.SIGSTOP)
            start = time.perf_counter()
            theirs = transcribe(parts, file)
            seconds = time.perf_counter() - start
            ours.send_signal(signal.SIGCONT)
            ours.stdin.write("go\n")
            ours.stdin.flush()
            own, text = ours.stdout.readline().rstrip("\n").split("\t")
            times.append((seconds, float(own)))
            if theirs != text:
                raise SystemExit(f"texts differ:\n{theirs}\n{text}")
        ours.stdin.close()
    theirs, own = (statistics.median(side) for side in zip(*times[1:]))
    ratios = sorted(b / a for a, b in times[1:])
    print(f"transformers {transformers.__version__}, torch {torch.__version__}: {theirs:.3f} s")
    print(f"Compot: {own:.3f} s, {own / theirs:.2f} times (round by round {ratios[0]:.2f} to {ratios[-1]:.2f})")
    alone = []
    for words, given in [([sys.executable, __file__, folder, file, "0", "alone"], None), (command + [folder, file], "go\n")]:
        start = time.perf_counter()
        subprocess.run(words, input=given, capture_output=True, text=True, check=True)
        alone.append(time.perf_counter() - start)
    print(f"whole processes: transformers {alone[0]:.2f} s, Compot {alone[1]:.2f} s, {alone[1] / alone[0]:.2f} times")


main()
