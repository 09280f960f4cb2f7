"""AraBERT v0.2 from a hub on the loopback: downloaded, fine-tuned, saved, read back; and every way in which it fails.

The repository is tiny, but has AraBERT's own file set, configuration and vocabulary layout. The commands are real,
each in a process of its own or with others of the same environment, since the libraries read theirs on import.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from hub_server import HubServer, Repo, closed_port
from qawl.models.encoder import EncoderModel
from qawl.models.folder import load_model, save_model
from qawl.models.hub import ARABERT_WORDS, load_encoder, load_tokenizer
from qawl.tasks import make_task
from qawl.train.config import load_experiment
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertForPreTraining, BertTokenizer

ROOT = Path(__file__).parents[2]
ARABERT = "aubmindlab/bert-base-arabertv02"
MIRROR = "mirror/bert-base-arabertv02"
PATIENCE = 500
"""Seconds that a process may take: the machine may be busy."""
TEXT = "قالَ أحمدُ وإيمـــان: زوروا https://t.co/ab عام2018م، وراسلوا a@b.com أو @user"

DRIVER = """
import json, os, sys, time
from pathlib import Path
from qawl.cli import app, main

@app.command()
def load(encoder: str) -> None:
    from qawl.models.hub import load_encoder
    from qawl.tasks import make_task
    load_encoder(encoder, make_task("speaker"), seed=1)

results = []
for number, call in enumerate(json.loads(sys.argv[1])):
    files = [Path(f"{stream}-{number}.txt") for stream in ("out", "err")]
    for descriptor, file in enumerate(files, 1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    sys.argv, code, start = ["qawl", *call], 0, time.monotonic()
    try:
        main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    sys.stdout.flush(), sys.stderr.flush()
    results.append([code, *(file.read_text("utf-8") for file in files), time.monotonic() - start])
    Path("results.json").write_text(json.dumps(results), "utf-8")
"""
"""`qawl`, called once and again in one process, with one more command that loads an encoder and no more."""


@dataclass
class Result:
    """What a command left: its exit status, its two streams and its seconds."""

    code: int
    out: str
    err: str
    seconds: float

    def line(self) -> str:
        """Return the one line of an error that the user can mend."""
        assert self.code == 2, self
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("qawl: "), self.err
        return self.err


class Commands:
    """`qawl` commands that run one after the other in one process, beside the test."""

    def __init__(self, folder: Path, calls: dict[str, list[str]], **environment: str) -> None:
        self.names, self.folder = list(calls), folder
        folder.mkdir(parents=True, exist_ok=True)
        store = {"HF_HOME": str(folder / "hf"), "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}
        ours = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "TRANSFORMERS_"))}
        # A proxy of the machine's must not see the loopback.
        env = {**ours, **store, "NO_PROXY": "*", "no_proxy": "*", **environment}
        command = [sys.executable, "-c", DRIVER, json.dumps(list(calls.values()))]
        self.process = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def results(self) -> dict[str, Result]:
        """Wait, and return the result of each command."""
        try:
            said = self.process.communicate(timeout=PATIENCE)[0]
        finally:
            self.process.kill()
        assert self.process.returncode == 0, said.decode()
        results = json.loads((self.folder / "results.json").read_text("utf-8"))
        return {name: Result(*own) for name, own in zip(self.names, results, strict=True)}


def make_arabert(folder: Path) -> None:
    """Write a repository with the files of bert-base-arabertv02, as they stand on the hub, for a tiny network."""
    folder.mkdir(parents=True)
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special: list[Any] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    special += [AddedToken(word, single_word=True, normalized=True, special=True) for word in ARABERT_WORDS]
    trainer = trainers.WordPieceTrainer(vocab_size=800, special_tokens=special, show_progress=False)
    lines = (ROOT / "data" / "corpus" / "train.jsonl").read_text("utf-8").splitlines()
    tokenizer.train_from_iterator((json.loads(line)["text"] for line in lines), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.enable_truncation(512)
    tokenizer.save(str(folder / "tokenizer.json"))
    vocabulary = tokenizer.get_vocab()
    (folder / "vocab.txt").write_text("".join(f"{word}\n" for word in sorted(vocabulary, key=vocabulary.__getitem__)))
    names = {f"{name}_token": f"[{name.upper()}]" for name in ("unk", "sep", "pad", "cls", "mask")}
    (folder / "special_tokens_map.json").write_text(json.dumps(names))
    cut = {"do_lower_case": False, "max_len": 512, "tokenize_chinese_chars": True, "strip_accents": None}
    own = {"do_basic_tokenize": True, "never_split": list(ARABERT_WORDS), "special_tokens_map_file": None}
    (folder / "tokenizer_config.json").write_text(json.dumps({**names, **cut, **own, "name_or_path": ARABERT}))
    config = {
        "architectures": ["BertForMaskedLM"],
        "attention_probs_dropout_prob": 0.1,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "hidden_size": 32,  # the hub's: 768
        "initializer_range": 0.02,
        "intermediate_size": 64,  # 3072
        "max_position_embeddings": 512,
        "model_type": "bert",
        "num_attention_heads": 2,  # 12
        "num_hidden_layers": 1,  # 12
        "type_vocab_size": 2,
        "vocab_size": len(vocabulary),  # 64000
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    (folder / "README.md").write_text("---\nlanguage: ar\n---\n# AraBERT v2\n")
    torch.manual_seed(0)
    # Its 543 MB leave room for the heads of pretraining and the pooler; the position ids are of an old transformers.
    state = {name: tensor.clone() for name, tensor in BertForPreTraining(BertConfig(**config)).state_dict().items()}
    state["bert.embeddings.position_ids"] = torch.arange(512)[None]
    torch.save(state, folder / "pytorch_model.bin")
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})


class Evil:
    """Unpickled, it writes a file."""

    def __reduce__(self) -> Any:
        return (os.mkdir, ("unpickled",))


def train_call(encoder: str, *more: str) -> list[str]:
    small = ["data.train=train.jsonl", "data.validation=validation.jsonl", "data.test=test.jsonl"]
    small += ["training.epochs=1", "seeds=[1]", "input.max_length=64", f"encoder={encoder}", *more]
    return ["train", str(ROOT / "experiments" / "stance-arabert.yaml"), *(x for key in small for x in ("--set", key))]


def cut_corpus(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for split, count in {"train": 2, "validation": 1, "test": 1}.items():
        lines = (ROOT / "data" / "corpus" / f"{split}.jsonl").read_text("utf-8").splitlines(keepends=True)
        (folder / f"{split}.jsonl").write_text("".join(lines[:count]), "utf-8")
    return folder


@dataclass
class Done:
    """What the commands of the whole file left."""

    root: Path
    results: dict[str, Result]
    requests: list[str]

    def model(self, weights: str) -> Path:
        return self.root / "runs" / weights / "model"

    def asked_for(self, *words: str) -> list[str]:
        return [line for line in self.requests if all(word in line for word in words)]


@pytest.fixture(scope="module")
def repos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("hub")
    make_arabert(root / "safetensors")
    folders = {"safetensors": root / "safetensors"}
    lacks = {"bin": ["*.safetensors"], "no-weights": ["*.safetensors", "*.bin"], "no-config": ["config.json"]}
    for name, patterns in lacks.items():
        folders[name] = shutil.copytree(root / "safetensors", root / name, ignore=shutil.ignore_patterns(*patterns))
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        folders[f"broken {name}"] = shutil.copytree(folders["safetensors"], root / f"broken-{name}")
        (folders[f"broken {name}"] / name).write_text('{"half": ')
    folders["evil"] = shutil.copytree(folders["bin"], root / "evil")
    with (folders["evil"] / "pytorch_model.bin").open("wb") as stream:
        pickle.dump({"bert.pooler.dense.bias": Evil()}, stream, protocol=2)
    return folders


@pytest.fixture(scope="module")
def done(repos: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Done:
    root = cut_corpus(tmp_path_factory.mktemp("work"))
    good = repos["safetensors"]
    wrong = {
        "gated/model": Repo(good, gated=True),
        "cut/weights": Repo(good, drops=[5000], refuse=True),
        "no/weights": Repo(repos["no-weights"]),
        "no/config": Repo(repos["no-config"]),
        "in/trouble": Repo(good, status=503),
        "never/answers": Repo(good, silent=True),
        "evil/pickle": Repo(repos["evil"]),
    }
    folders = [name for name in repos if name.startswith("broken") or name == "no-config"]
    calls = {
        "bin": [*train_call(ARABERT), "--output", "runs/bin"],
        "safetensors": [*train_call(MIRROR), "--output", "runs/safetensors", "--no-publish"],
        "unknown": train_call("nobody/knows"),
        "revision": train_call(ARABERT, "revision=nope"),
        **{name: train_call(name) for name in wrong},
        **{name: train_call(str(repos[name])) for name in folders},
    }
    # The connection for the `.bin` breaks off once, and the download begins anew.
    right = {ARABERT: Repo(repos["bin"], drops=[5000]), MIRROR: Repo(good)}
    with HubServer(right | wrong) as hub:
        results = Commands(root, calls, HF_ENDPOINT=hub.url, HF_HUB_ETAG_TIMEOUT="2").results()
        requests = list(hub.requests)
    # Scoring takes a model of every task: two more, with heads that have learned nothing.
    for name, labels in {"topic": {"labels": ("sport", "politics_government")}, "speaker": {}}.items():
        task = make_task(name, **labels)
        network, tokenizer = load_encoder(str(good), task, seed=1)
        save_model(EncoderModel(task=task, network=network, tokenizer=tokenizer), root / "models" / name)
    # From here on nobody answers any more.
    gone = f"http://127.0.0.1:{closed_port()}"
    after = {
        "evaluate": ["evaluate", "test.jsonl", "runs/bin/model", "runs/safetensors/model", "--output", "figures.json"],
        "score": ["score", "article.txt", "--output", "rows.jsonl", "--target", "الزيارة", "--quiet"],
        "cached": ["load", ARABERT],
        "half cached": ["load", "cut/weights"],
        "unreachable": train_call("aubmindlab/bert-large-arabertv02"),
    }
    (root / "article.txt").write_text(TEXT + ".", "utf-8")
    offline = Commands(
        root / "offline",
        {"offline": ["load", "aubmindlab/bert-large-arabertv02"], "offline, cached": ["load", ARABERT]},
        HF_ENDPOINT=gone,
        HF_HUB_OFFLINE="1",
        HF_HOME=str(root / "hf"),
    )
    results |= Commands(root, after, HF_ENDPOINT=gone).results() | offline.results()
    return Done(root, results, requests)


@pytest.mark.parametrize("weights", ["bin", "safetensors"])
def test_arabert_is_fine_tuned_from_the_hub(done: Done, weights: str) -> None:
    assert done.results[weights].code == 0, done.results[weights].err
    files = {path.name for path in done.model(weights).iterdir()}
    assert files == {"config.json", "model.safetensors", "qawl.json", "tokenizer.json", "tokenizer_config.json"}
    assert load_file(done.model(weights) / "model.safetensors")["classifier.weight"].shape == (3, 32)


def test_a_download_that_breaks_off_is_tried_again(done: Done) -> None:
    assert len(done.asked_for("GET /cdn/", ARABERT, "pytorch_model.bin")) == 2


def test_safetensors_come_first_and_nobody_is_asked_to_convert_a_bin(done: Done) -> None:
    assert not done.asked_for(MIRROR, "pytorch_model.bin")
    assert not done.asked_for("/commits/") + done.asked_for("POST")


def test_the_same_weights_give_the_same_model_from_either_file(done: Done) -> None:
    one, other = (load_file(done.model(weights) / "model.safetensors") for weights in ("bin", "safetensors"))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_what_is_saved_works_with_the_hub_gone(done: Done) -> None:
    assert done.results["evaluate"].code == 0, done.results["evaluate"].err
    assert len(json.loads((done.root / "figures.json").read_text("utf-8"))) == 2
    assert done.results["score"].code == 0, done.results["score"].err
    rows = [json.loads(line) for line in (done.root / "rows.jsonl").read_text("utf-8").splitlines()]
    text = TEXT + "."
    assert [row["text"] for row in rows] == [text[row["start"] : row["end"]] for row in rows]
    assert {row["stances"][0]["target"] for row in rows} == {"الزيارة"}
    spans = [row["speaker"] for row in rows if row["speaker"]]
    assert [span["mention"] for span in spans] == [text[span["start"] : span["end"]] for span in spans]


@pytest.mark.parametrize("case", ["cached", "offline, cached"])
def test_what_is_cached_loads_with_the_hub_gone(done: Done, case: str) -> None:
    assert done.results[case].code == 0, done.results[case].err


def test_the_saved_tokenizer_keeps_the_normalizer(done: Done, repos: dict[str, Path]) -> None:
    model: Any = load_model(done.model("bin"))
    fresh = load_tokenizer(str(repos["bin"]), trained=ARABERT)
    assert model.tokenizer.backend_tokenizer.to_str() == fresh.backend_tokenizer.to_str()
    encoding = model.tokenizer.backend_tokenizer.encode(TEXT, add_special_tokens=False)
    words = "".join(encoding.tokens).replace("##", "")
    assert words == "قالأحمدوإيمان:زوروا[رابط]عام2018م،وراسلوا[بريد]أو[مستخدم]"
    pieces = list(zip(encoding.tokens, encoding.offsets, strict=True))
    bare = str.maketrans("", "", "\u064e\u064f\u0640")
    for token, (start, end) in pieces:
        assert token in ARABERT_WORDS or token.removeprefix("##") == TEXT[start:end].translate(bare)
    # Digits stand apart from the letters before and after them.
    first = [next(token for token, (start, _) in pieces if start == TEXT.index(word)) for word in ("2018", "م،")]
    assert not [token for token in first if token.startswith("##")]
    assert model.tokenizer.model_max_length == 512


def test_the_words_of_arabert_stay_whole_where_only_the_vocabulary_has_them(
    repos: dict[str, Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(repos["bin"], tmp_path / "copy")
    (folder / "tokenizer.json").unlink()
    tokens = load_tokenizer(str(folder), trained="./copy").backend_tokenizer.encode("من https://t.co/ab").tokens
    assert "[رابط]" in tokens


def test_another_bert_keeps_its_own_normalizer(repos: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    shutil.copy(repos["bin"] / "config.json", folder)
    BertTokenizer(vocab={"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "a": 5}).save_pretrained(folder)
    assert isinstance(
        load_tokenizer(str(folder), trained="own/bert").backend_tokenizer.normalizer, normalizers.BertNormalizer
    )


def test_the_head_hangs_on_the_seed_and_the_body_does_not(repos: dict[str, Path]) -> None:
    task = make_task("stance", labels=("favor", "against", "none"))
    one, same, other = (load_encoder(str(repos["bin"]), task, seed=seed)[0].state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert {name for name in one if not torch.equal(one[name], other[name])} == {"classifier.weight"}
    pretrained = torch.load(repos["bin"] / "pytorch_model.bin", weights_only=True)
    assert all(torch.equal(tensor, pretrained[name]) for name, tensor in one.items() if name.startswith("bert."))


def test_half_precision_weights_are_trained_in_full(repos: dict[str, Path], tmp_path: Path) -> None:
    folder = shutil.copytree(repos["safetensors"], tmp_path / "half")
    state = load_file(folder / "model.safetensors")
    halved = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    save_file(halved, folder / "model.safetensors", metadata={"format": "pt"})
    assert load_encoder(str(folder), make_task("speaker"), seed=1)[0].dtype == torch.float32


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("unreachable", "can't be reached"),
        ("half cached", "can't be reached"),
        ("offline", "HF_HUB_OFFLINE is set"),
        ("unknown", "has no such model"),
        ("revision", "has no such revision"),
        ("gated/model", "behind a gate"),
        ("cut/weights", "broke off"),
        ("no/weights", "does not appear to have a file named"),
        ("no/config", "without config.json"),
        ("in/trouble", "503"),
        ("never/answers", "can't be reached"),
        ("evil/pickle", "more than tensors"),
        ("no-config", "without config.json"),
        ("broken config.json", "config"),
        ("broken tokenizer.json", "can't be loaded"),
        ("broken model.safetensors", "header"),
    ],
)
def test_an_encoder_that_cannot_be_had_is_one_line(done: Done, case: str, words: str) -> None:
    result = done.results[case]
    assert words in result.line()
    assert "encoder: qawl-mini" in result.err
    assert "folder" in result.err
    assert result.seconds < 60


def test_no_pickle_is_run(done: Done) -> None:
    assert not (done.root / "unpickled").exists()


@pytest.mark.parametrize("task", ["topic", "stance", "speaker"])
def test_the_experiments_that_ship(task: str) -> None:
    experiment = load_experiment(ROOT / "experiments" / f"{task}-arabert.yaml")
    mini = load_experiment(ROOT / "experiments" / f"{task}-mini.yaml")
    assert (experiment.task, experiment.encoder, experiment.data) == (task, ARABERT, mini.data)
    assert len(experiment.seeds) > 1
