"""Which tokens are chosen, what is learned from them, and by which optimizer."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qawl.errors import QawlError
from qawl.pretrain.config import Pretraining, VectorsConfig
from qawl.pretrain.network import extra_inputs, new_network, optimizers
from qawl.pretrain.objectives import MASKED, RANDOM, Masker, make_objective, neighbour_loss, word_weights
from qawl.pretrain.pack import Stream, pack
from qawl.pretrain.vectors import piece_vectors
from transformers import ElectraConfig, ElectraForMaskedLM, PreTrainedTokenizerFast

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory, lines: list[str], tokenizer: PreTrainedTokenizerFast) -> Stream:
    folder = tmp_path_factory.mktemp("packed")
    pack(((False, line) for line in lines), tokenizer, folder)
    return Stream(np.fromfile(folder / "train.bin", dtype=np.uint16))


@pytest.fixture(scope="module")
def many(stream: Stream, tokenizer: PreTrainedTokenizerFast) -> torch.Tensor:
    """All of the text, (sequences, 64), each with [CLS] before it."""
    ids = torch.from_numpy(stream.take(stream.starts(63, order=1), 63))
    return torch.cat([torch.full((len(ids), 1), tokenizer.cls_token_id), ids], dim=1)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@QUICK
@given(st.lists(st.integers(0, 399), min_size=1, max_size=50), st.floats(0.01, 0.99), st.integers(0, 1000))
def test_words_are_chosen_whole_and_specials_never(
    tokenizer: PreTrainedTokenizerFast, row: list[int], share: float, seed: int
) -> None:
    ids = torch.tensor([[tokenizer.cls_token_id, *row]])
    chosen = Masker(tokenizer, whole_words=True).choose(ids, share, seeded(seed))[0].tolist()
    tokens = tokenizer.convert_ids_to_tokens(ids[0].tolist())
    special = set(tokenizer.all_special_tokens)
    assert not [token for token, own in zip(tokens, chosen, strict=True) if own and token in special]
    for at in range(1, len(tokens)):
        if tokens[at].startswith("##") and tokens[at - 1] not in special:
            assert chosen[at] == chosen[at - 1], tokens


@pytest.mark.parametrize("whole_words", [True, False])
@pytest.mark.parametrize("share", [0.15, 0.3, 0.6])
def test_the_share_is_kept_and_the_seed_decides(
    tokenizer: PreTrainedTokenizerFast, many: torch.Tensor, share: float, whole_words: bool
) -> None:
    masker = Masker(tokenizer, whole_words=whole_words)
    chosen = masker.choose(many, share, seeded(1))
    assert many.numel() > 20_000
    assert float(chosen[~masker.special[many]].float().mean()) == pytest.approx(share, abs=0.02)
    assert torch.equal(chosen, masker.choose(many, share, seeded(1)))
    assert not torch.equal(chosen, masker.choose(many, share, seeded(2)))


def test_pieces_are_chosen_alone_where_words_need_not_be_whole(
    tokenizer: PreTrainedTokenizerFast, many: torch.Tensor
) -> None:
    pieces = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    goes_on = torch.tensor([piece.startswith("##") for piece in pieces])[many][:, 2:]
    parted = {}
    for whole in (True, False):
        chosen = Masker(tokenizer, whole_words=whole).choose(many, 0.3, seeded(1))
        parted[whole] = int((chosen[:, 2:] != chosen[:, 1:-1])[goes_on].sum())
    assert parted[True] == 0
    assert parted[False] > 100


def test_what_is_chosen_is_masked_replaced_or_left_and_the_rest_untouched(
    tokenizer: PreTrainedTokenizerFast, many: torch.Tensor
) -> None:
    masker = Masker(tokenizer, whole_words=True)
    chosen = masker.choose(many, 0.5, seeded(1))
    given_ = masker.corrupt(many, chosen, seeded(2))
    assert torch.equal(given_[~chosen], many[~chosen])
    masked = float((given_[chosen] == tokenizer.mask_token_id).float().mean())
    left = float((given_[chosen] == many[chosen]).float().mean())
    assert masked == pytest.approx(MASKED, abs=0.02)
    assert left == pytest.approx(1 - MASKED - RANDOM, abs=0.02)
    assert torch.equal(given_, masker.corrupt(many, chosen, seeded(2)))


def configured(config: Pretraining, **sections: Any) -> Pretraining:
    given_ = config.model_dump()
    for name, own in sections.items():
        given_[name] = {**given_[name], **own}
    return Pretraining.model_validate(given_)


def trained(
    config: Pretraining, tokenizer: PreTrainedTokenizerFast, ids: torch.Tensor, steps: int
) -> tuple[Any, list[dict[str, float]]]:
    """Return an objective after some steps on one batch, and the losses before each."""
    network = new_network(config, tokenizer, None)
    masker = Masker(tokenizer, whole_words=True)
    weights = word_weights(torch.bincount(ids.ravel(), minlength=len(tokenizer)), special=masker.special)
    objective = make_objective(network, config.objective, weights)
    steppers, history = optimizers(objective, config), []
    for step in range(steps):
        torch.manual_seed(step)
        chosen = masker.choose(ids, config.objective.mask, seeded(step % 4))
        given_ = masker.corrupt(ids, chosen, seeded(step % 4))
        extra = extra_inputs(network, ids, seeded(step % 4))
        losses = objective(ids, given_, chosen, **extra)
        losses["loss"].backward()
        for optimizer in steppers:
            optimizer.step()
            optimizer.zero_grad()
        history.append({name: float(loss.detach()) for name, loss in losses.items()})
    return objective, history


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
@pytest.mark.parametrize("kind", ["masked", "replaced"])
def test_all_losses_fall_on_a_text_that_is_read_again_and_again(
    tiny_config: Pretraining, tokenizer: PreTrainedTokenizerFast, many: torch.Tensor, kind: str, optimizer: str
) -> None:
    config = configured(tiny_config, objective={"kind": kind}, training={"optimizer": optimizer})
    _, history = trained(config, tokenizer, many[:4, :32], 40)
    parts = {"masked": {"masked_loss"}, "replaced": {"masked_loss", "replaced_loss"}}[kind]
    assert history[0].keys() == {"loss", "summary_loss"} | parts
    assert all(np.isfinite(list(own.values())).all() for own in history)
    for name in history[0]:
        begin, end = (np.mean([own[name] for own in some]) for some in (history[:4], history[-4:]))
        assert end < 0.95 * begin, (name, begin, end)
    # At first it guesses among all words, evenly but for the noise of its first weights.
    assert history[0]["masked_loss"] == pytest.approx(np.log(400), rel=0.1)
    weight = {"masked": 0.0, "replaced": config.objective.weight}[kind]
    own = history[-1]
    total = own["masked_loss"] + own["summary_loss"] + weight * own.get("replaced_loss", 0.0)
    assert own["loss"] == pytest.approx(total, rel=1e-4)


def test_muon_takes_the_matrices_of_the_layers_alone(
    tiny_config: Pretraining, tokenizer: PreTrainedTokenizerFast
) -> None:
    objective: Any = make_objective(new_network(tiny_config, tokenizer, None), tiny_config.objective, torch.ones(400))
    names = {parameter: name for name, parameter in objective.named_parameters()}
    adamw, muon = optimizers(objective, configured(tiny_config, training={"optimizer": "muon"}))
    taken = [names[parameter] for group in muon.param_groups for parameter in group["params"]]
    assert len(taken) == 2 * 6
    assert all(".layer." in name and name.endswith(".weight") for name in taken)
    others = [names[parameter] for group in adamw.param_groups for parameter in group["params"]]
    assert sorted(taken + others) == sorted(names.values())
    assert len(optimizers(objective, tiny_config)) == 1


@pytest.mark.parametrize("kind", ["masked", "replaced"])
def test_without_the_summary_term_nothing_reaches_the_pooler(
    tiny_config: Pretraining, tokenizer: PreTrainedTokenizerFast, many: torch.Tensor, kind: str
) -> None:
    moved = {}
    for summary in (True, False):
        config = configured(tiny_config, objective={"kind": kind, "summary": summary})
        objective, history = trained(config, tokenizer, many[:4, :32], 3)
        fresh = new_network(config, tokenizer, None)
        moved[summary] = not torch.equal(objective.network.bert.pooler.dense.bias, fresh.bert.pooler.dense.bias)
        assert ("summary_loss" in history[0]) is summary
    assert moved == {True: True, False: False}


def test_rare_words_weigh_more_and_specials_nothing() -> None:
    special = torch.tensor([True, False, False, False])
    weights = word_weights(torch.tensor([10**6, 10**6, 10**4, 0]), special=special)
    assert weights[0] == 0
    assert weights[1] < weights[2] < weights[3] == 1


@pytest.mark.parametrize("kind", ["masked", "replaced"])
def test_a_batch_in_which_nothing_is_chosen_has_a_loss(
    tiny_config: Pretraining, tokenizer: PreTrainedTokenizerFast, many: torch.Tensor, kind: str
) -> None:
    config = configured(tiny_config, objective={"kind": kind})
    objective = make_objective(new_network(config, tokenizer, None), config.objective, torch.ones(400))
    ids = many[:1, :16]
    for mode in (True, False):
        losses = objective.train(mode)(ids, ids, torch.zeros_like(ids, dtype=torch.bool))
        assert all(torch.isfinite(loss) for loss in losses.values()), losses
    losses["loss"].backward()
    gradients = [own.grad for own in objective.parameters() if own.grad is not None]
    assert all(torch.isfinite(own).all() for own in gradients)


@pytest.mark.parametrize(("width", "heads", "share"), [(32, 2, 0.25), (64, 4, 0.99), (384, 6, 0.55), (256, 4, 0.25)])
def test_a_generator_of_any_share_can_be_built(
    tiny_config: Pretraining, tokenizer: PreTrainedTokenizerFast, width: int, heads: int, share: float
) -> None:
    config = configured(
        tiny_config,
        architecture={"width": width, "heads": heads, "layers": 1},
        objective={"kind": "replaced", "generator": share},
    )
    objective: Any = make_objective(new_network(config, tokenizer, None), config.objective, torch.ones(400))
    own = objective.generator.config
    assert own.hidden_size == max(16, int(width * share) // 16 * 16)
    # One table of words for both, which is counted once.
    tables = [
        name for name, parameter in objective.named_parameters() if parameter.shape[0] == 400 and parameter.ndim > 1
    ]
    assert len(tables) == 1


def test_masked_words_of_an_encoder_with_another_head_are_refused(tiny_config: Pretraining) -> None:
    electra = ElectraForMaskedLM(ElectraConfig(vocab_size=400, hidden_size=32, num_hidden_layers=1, embedding_size=32))
    with pytest.raises(QawlError, match="kind electra has no known head of words"):
        make_objective(electra, tiny_config.objective, torch.ones(400))
    replaced = configured(tiny_config, objective={"kind": "replaced"})
    ids = torch.arange(5, 21)[None]
    losses = make_objective(electra, replaced.objective, torch.ones(400))(ids, ids, ids > 15)
    assert torch.isfinite(losses["loss"])


@QUICK
@given(st.integers(1, 8), st.integers(16, 64), st.integers(0, 1000))
def test_positions_and_segments_stay_within_the_tables(
    tiny_config: Pretraining, tokenizer: PreTrainedTokenizerFast, batch: int, length: int, seed: int
) -> None:
    extra = extra_inputs(new_network(tiny_config, tokenizer, None), torch.zeros(batch, length), seeded(seed))
    places, kinds = extra["position_ids"], extra["token_type_ids"]
    assert places.shape == kinds.shape == (batch, length)
    assert 0 <= int(places.min()) <= int(places.max()) < 64
    assert torch.equal(places.diff(), torch.ones_like(places.diff()))
    assert set(kinds.unique().tolist()) <= {0, 1}
    assert int(kinds.diff().min()) >= 0


def test_word_vectors_are_the_start_of_the_embeddings(
    tiny_config: Pretraining, tokenizer: PreTrainedTokenizerFast, stream: Stream
) -> None:
    vectors = piece_vectors(stream, 400, 32, VectorsConfig(passes=1), seed=1)
    seen = stream.counts(400) >= 5
    assert vectors.shape == (400, 32)
    assert vectors.dtype == np.float32
    assert np.array_equal(np.abs(vectors).sum(axis=1) > 0, seen)
    assert 300 < seen.sum() < 400
    assert np.sqrt(np.mean(vectors[seen] ** 2)) == pytest.approx(1, abs=1e-3)
    assert np.abs(vectors[seen].mean(axis=0)).max() < 1e-3
    begun = new_network(tiny_config, tokenizer, vectors).bert.embeddings.word_embeddings.weight.detach().numpy()
    drawn = new_network(tiny_config, tokenizer, None).bert.embeddings.word_embeddings.weight.detach().numpy()
    assert np.allclose(begun[seen], 0.02 * vectors[seen])
    assert np.array_equal(begun[~seen], drawn[~seen])
    assert not np.allclose(begun[seen], drawn[seen])


def test_without_gensim_the_remedy_is_told(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gensim.models", None)
    with pytest.raises(QawlError, match=r"pip install 'qawl\[pretrain\]', or set `vectors.passes: 0`"):
        piece_vectors(stream, 400, 32, VectorsConfig(), seed=1)


def test_the_embeddings_are_tied_to_the_head_of_words(
    tiny_config: Pretraining, tokenizer: PreTrainedTokenizerFast
) -> None:
    network = new_network(tiny_config, tokenizer, None)
    assert network.cls.predictions.decoder.weight is network.bert.embeddings.word_embeddings.weight


def test_the_neighbour_is_told_from_the_others_of_the_batch() -> None:
    apart = torch.eye(4).repeat_interleave(2, dim=0)
    assert float(neighbour_loss(apart)) == pytest.approx(0.0, abs=1e-6)
    assert float(neighbour_loss(torch.ones(8, 4))) == pytest.approx(math.log(7), abs=1e-4)
    # Each beside a stranger: the neighbour is as far as can be.
    assert float(neighbour_loss(apart.roll(1, dims=0))) > 5


@pytest.mark.parametrize("kind", ["masked", "replaced"])
def test_sequences_of_one_place_draw_near(
    tiny_config: Pretraining, tokenizer: PreTrainedTokenizerFast, many: torch.Tensor, kind: str
) -> None:
    # ELECTRA's weight of 50 would leave so small a network no step for its neighbours.
    config = configured(tiny_config, objective={"kind": kind, "neighbours": 1.0, "weight": 1.0})
    _, history = trained(config, tokenizer, many[:8], steps=150)
    end = np.mean([own["neighbour_loss"] for own in history[-8:]])
    assert end < 0.7 * history[0]["neighbour_loss"]
    parts = history[0]["masked_loss"] + history[0]["summary_loss"] + history[0]["neighbour_loss"]
    replaced = config.objective.weight * history[0].get("replaced_loss", 0.0)
    assert history[0]["loss"] == pytest.approx(parts + replaced, rel=1e-3)
