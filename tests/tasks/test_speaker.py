"""The speaker task: its examples, the way to positions and back, and its figures."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qawl.errors import QawlError
from qawl.models.hub import load_tokenizer, mini_folder
from qawl.records import Article, Entity, Mention, Sentence
from qawl.tasks import SpeakerTask
from qawl.tasks.base import Candidates, EncodedPair, encode_pairs
from qawl.tasks.speaker import IGNORED, TOP, span_text, words

TOKENIZER = load_tokenizer(str(mini_folder()))
MARKINGS = ("segments", "question")
TEXT = "مضى يوم.\nقال الزعيم كيم: نعم.\nوأضاف: لا."
ARTICLE = Article(
    "a",
    TEXT,
    entities=(Entity("الزعيم كيم", ("كيم",)),),
    sentences=(
        Sentence(0, 8),
        Sentence(9, 29, speaker=Mention("الزعيم كيم", 13, 23)),
        Sentence(30, 40, speaker=Mention("الزعيم كيم", 13, 23)),
    ),
)
texts = st.text(alphabet="قال كيم:نعمو أضافإن«»\"'. \n؟،لا\ud800a٣ـًأ", max_size=400) | st.text(max_size=60)


def example(**changed: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "article_id": "a",
        "sentence": 0,
        "before": "",
        "text": "",
        "window_start": 0,
        "answer_start": -1,
        "answer_end": -1,
        "names": [],
        "explicit": False,
    }
    return {**fields, **changed}


def decode(task: SpeakerTask, given_: dict[str, Any], peaks: Iterable[tuple[int, int]]) -> Candidates:
    """Decode logits that are zero but at the starts and ends of these spans of tokens."""
    (encoding,) = task.encode([given_], TOKENIZER)
    start, end = np.zeros(len(encoding)), np.zeros(len(encoding))
    for first, last in peaks:
        start[first] = end[last] = 10.0
    return task.decode(given_, encoding, (start, end))


# --- examples


def test_the_answer_counts_from_the_windows_start() -> None:
    before, here, later = SpeakerTask(context=1).examples(ARTICLE)
    assert (before["answer_start"], before["names"], before["explicit"]) == (-1, [], False)
    assert span_text(here, (here["answer_start"], here["answer_end"])) == "الزعيم كيم"
    assert here["explicit"] and here["before"] == "مضى يوم.\n" and here["window_start"] == 0
    assert span_text(later, (later["answer_start"], later["answer_end"])) == "الزعيم كيم"
    assert not later["explicit"] and later["window_start"] == 9
    assert later["names"] == ["الزعيم كيم", "كيم"]


def test_a_mention_before_the_window_is_known_but_not_in_it() -> None:
    *_, later = SpeakerTask(context=0).examples(ARTICLE)
    task = SpeakerTask(context=0)
    assert task.gold(later) == (-2, -2)
    assert task.describe(later, task.gold(later)) == "الزعيم كيم"
    (inputs,) = task.training_inputs([later], TOKENIZER)
    assert (inputs["start_positions"], inputs["end_positions"]) == (IGNORED, IGNORED)


@pytest.mark.parametrize(
    ("row", "start", "explicit"),
    [
        ({"text": "قال كيم", "mention": "كيم"}, 4, True),
        ({"text": "قال كيم عن كيم", "mention": "كيم"}, 4, True),
        ({"text": "وأضاف", "before": "كيم ثم كيم ", "mention": "كيم"}, 7, False),
        ({"text": "قال كيم", "before": "كيم", "mention": "كيم"}, 8, True),
        ({"text": "قال كيم", "mention": ""}, -1, False),
    ],
)
def test_a_row_of_a_table(row: dict[str, str], start: int, explicit: bool) -> None:
    made = SpeakerTask().row_example({"group": "g", **row})
    assert (made["answer_start"], made["explicit"]) == (start, explicit)
    if start >= 0:
        assert span_text(made, (made["answer_start"], made["answer_end"])) == row["mention"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"text": " ", "mention": "كيم"}, "without a text"),
        ({"text": "قال"}, "without `mention`"),
        ({"text": "قال", "mention": "كيم"}, "neither in `text` nor in `before`"),
    ],
)
def test_a_row_that_is_no_example(row: dict[str, str], problem: str) -> None:
    with pytest.raises(QawlError, match=problem):
        SpeakerTask().row_example({"group": "g", **row})


# --- encoding and decoding


@pytest.mark.parametrize("marking", MARKINGS)
def test_every_label_of_the_corpus_survives_encoding_and_decoding(marking: Any, articles: list[Article]) -> None:
    task = SpeakerTask(marking=marking, context=4)
    found = exact = right = cut = 0
    for article in articles:
        for given_ in task.examples(article):
            (inputs,) = task.training_inputs([given_], TOKENIZER)
            positions = (inputs["start_positions"], inputs["end_positions"])
            if positions == (IGNORED, IGNORED):
                cut += 1
                continue
            best, _ = decode(task, given_, [positions]).best()
            gold = task.gold(given_)
            if gold is None:
                assert best is None
                continue
            found += 1
            assert best[0] < gold[1] and gold[0] < best[1]
            # A word piece may hold a clitic too, «لتقرير» for «تقرير»: that is the finest cut there is.
            right += task.right(given_, best)
            exact += words(span_text(given_, best)) == words(span_text(given_, gold))
    assert found > 200
    assert exact >= 0.97 * found and right >= 0.99 * found
    # A mention before the window, or one that the cut took: rare, else the task could not be learned.
    assert cut < 0.05 * found


@pytest.mark.parametrize("marking", MARKINGS)
def test_the_null_answer_and_an_even_one(marking: Any) -> None:
    task = SpeakerTask(marking=marking)
    given_ = next(iter(list(task.examples(ARTICLE))[1:]))
    assert decode(task, given_, [(0, 0)]).best()[0] is None
    candidates = decode(task, given_, [])
    assert candidates.options[0] is None and candidates.logits[0] == 0
    assert len(set(candidates.options)) == len(candidates.options) <= TOP + 1


@pytest.mark.parametrize("marking", MARKINGS)
@settings(max_examples=60, deadline=None)
@given(before=texts, text=texts, seed=st.integers(0, 99))
def test_every_candidate_is_a_span_of_the_window(marking: Any, before: str, text: str, seed: int) -> None:
    task = SpeakerTask(marking=marking, max_length=32)
    given_ = example(before=before, text=text)
    (encoding,) = task.encode([given_], TOKENIZER)
    length = len(encoding)
    assert length <= 32
    draw = np.random.default_rng(seed)
    candidates = task.decode(given_, encoding, (draw.normal(size=length), draw.normal(size=length)))
    assert candidates.options[0] is None
    for span in candidates.options[1:]:
        assert 0 <= span[0] < span[1] <= len(before) + len(text)
        assert marking == "question" or not span[0] < len(before) < span[1]


def test_a_span_ends_where_a_word_ends() -> None:
    task = SpeakerTask()
    given_ = example(text="قال المستشارون: نعم")
    encoding = TOKENIZER.backend_tokenizer.encode(given_["text"])
    inner = [at for at in range(len(encoding) - 1) if encoding.word_ids[at] == encoding.word_ids[at + 1] == 1]
    assert inner, "the word is one piece: take a longer one"
    assert all(span is None or span_text(given_, span) != "المست" for span in decode(task, given_, []).options)
    spans = [span for span in decode(task, given_, [(inner[0], inner[0])]).options if span]
    assert all(span[1] in (3, 14, 15, 19) for span in spans)


@pytest.mark.parametrize("marking", MARKINGS)
def test_the_answer_is_found_in_a_window_that_is_far_too_long(marking: Any) -> None:
    task = SpeakerTask(marking=marking, max_length=48)
    before = "كلمة " * 20_000 + "قال الزعيم كيم شيئا. "
    start = before.index("كيم")
    given_ = example(
        before=before, text="وأضاف: لا.", answer_start=start, answer_end=start + 3, names=["كيم"], explicit=False
    )
    (inputs,) = task.training_inputs([given_], TOKENIZER)
    assert len(inputs["input_ids"]) <= 48
    best, _ = decode(task, given_, [(inputs["start_positions"], inputs["end_positions"])]).best()
    assert best == (start, start + 3)


# --- encode_pairs


def encode_pair(first: str, second: str, max_length: int, keep: Any) -> EncodedPair:
    (encoding,) = encode_pairs(TOKENIZER, [(first, second)], max_length=max_length, keep=keep)
    return encoding


def pieces(first: str, second: str, max_length: int, keep: str) -> tuple[Any, list[str], list[str]]:
    encoding = encode_pair(first, second, max_length, keep)
    sides: tuple[list[str], list[str]] = ([], [])
    for side, (start, end) in zip(encoding.sides, encoding.offsets, strict=True):
        if side is not None:
            text = (first, second)[side] if first else second
            sides[side if first else 1].append(text[start:end])
    return encoding, *sides


def test_a_pair_that_fits_is_whole() -> None:
    encoding, first, second = pieces("قال كيم", "نعم لا", 64, "end")
    assert ("".join(first), "".join(second)) == ("قالكيم", "نعملا")
    sides = encoding.inputs["token_type_ids"]
    assert sides == sorted(sides) and set(sides) == {0, 1}
    assert len(encoding) == len(first) + len(second) + 3


@pytest.mark.parametrize(("keep", "kept"), [("end", "آخر"), ("start", "أول")])
def test_the_context_gives_way_to_the_sentence(keep: str, kept: str) -> None:
    encoding, first, second = pieces("أول " + "كلمة " * 200 + "آخر", "هذه هي الجملة", 32, keep)
    assert len(encoding) == 32
    assert "".join(second) == "هذههيالجملة"
    text = "".join(first)
    assert text.startswith(kept) if keep == "start" else text.endswith(kept)


def test_a_long_sentence_leaves_the_context_its_quarter() -> None:
    encoding, first, second = pieces("كيم " * 100, "نعم " * 500, 64, "end")
    assert len(encoding) == 64
    assert (len(first), len(second)) == (16, 45)
    assert "".join(second) == "نعم" * 45


def test_without_context_the_sentence_has_all_the_room() -> None:
    encoding, first, second = pieces("", "نعم " * 500, 64, "end")
    assert (len(encoding), first, len(second)) == (64, [], 62)
    assert set(encoding.inputs["token_type_ids"]) == {0}


@settings(max_examples=100, deadline=None)
@given(first=texts, second=texts, length=st.integers(16, 64), keep=st.sampled_from(["start", "end"]))
def test_offsets_stay_inside_and_the_length_is_kept(first: str, second: str, length: int, keep: str) -> None:
    encoding = encode_pair(first, second, length, keep)
    assert len(encoding) <= length
    for side, (start, end) in zip(encoding.sides, encoding.offsets, strict=True):
        if side is not None:
            assert 0 <= start <= end <= len((first, second)[side] if first else second)


def test_half_a_surrogate_pair_moves_no_offset() -> None:
    _, _, second = pieces("", "\ud800قال \udfff كيم", 64, "end")
    assert second[-1] == "كيم"


# --- right answers and figures


@pytest.mark.parametrize(
    ("said", "names", "right"),
    [
        ("كيم", ["كيم"], True),
        ("«كيم»", ["كيم"], True),
        ("الزعيم كيم", ["كيم"], True),
        ("الزعيم الكوري كيم", ["كيم"], False),
        ("كيم", ["بوتين", "كيم جونج"], True),
        ("كيم", ["كيم جونج أون"], False),
        ("الرَّئيسُ الرُّوسيّ", ["الرئيس الروسي"], True),
        ("أحمد على", ["احمد علي"], True),
        ("بوتين", ["كيم"], False),
        ("،", ["كيم"], False),
    ],
)
def test_a_string_names_a_speaker_with_half_of_the_words_of_both(said: str, names: list[str], right: bool) -> None:
    given_ = example(text=said, names=names, answer_start=0, answer_end=len(said))
    assert SpeakerTask().right(given_, (0, len(said))) is right


def test_the_narrator_is_right_exactly_where_nobody_speaks() -> None:
    task = SpeakerTask()
    assert task.right(example(), None)
    assert not task.right(example(text="كيم"), (0, 3))
    assert not task.right(example(names=["كيم"]), None)


FOUR = [
    example(text="قال كيم أون", answer_start=4, answer_end=11, names=["كيم أون"], explicit=True),
    example(before="قال كيم ", text="وأضاف", answer_start=4, answer_end=7, names=["كيم"]),
    example(text="مضى يوم"),
    example(text="وتابع", answer_start=-2, answer_end=-2, names=["كيم"]),
]


def test_figures_of_perfect_answers() -> None:
    task = SpeakerTask()
    figures = task.figures(FOUR[:3], [task.gold(own) for own in FOUR[:3]])
    assert set(figures.values()) == {1.0}


def test_figures_by_hand() -> None:
    # Half of the name, rightly; the wrong word; a speaker where there is none; none where there is one.
    figures = SpeakerTask().figures(FOUR, [(4, 7), (0, 3), (0, 3), None])
    assert figures == {
        "speaker_accuracy": 1 / 4,
        "accuracy_reported": 1 / 3,
        "accuracy_explicit": 1.0,
        "accuracy_implicit": 0.0,
        "accuracy_narrator": 0.0,
        "reported_f1": 2 * 2 / (3 + 3),
        "span_exact_f1": 0.0,
        "span_overlap": (1 / 2 + 0 + 0) / 3,
    }


def test_figures_without_a_speaker_are_not_defined() -> None:
    figures = SpeakerTask().figures([FOUR[2]], [None])
    assert figures["speaker_accuracy"] == figures["accuracy_narrator"] == 1.0
    assert all(math.isnan(figures[name]) for name in ("accuracy_reported", "reported_f1", "span_overlap"))


@pytest.mark.parametrize(
    ("at", "option", "cell"),
    [
        (0, (4, 11), ("named here", "right speaker")),
        (0, (0, 3), ("named here", "wrong speaker")),
        (1, None, ("named before", "narrator")),
        (2, (0, 3), ("narrator", "wrong speaker")),
        (3, None, ("named before", "narrator")),
    ],
)
def test_confusion(at: int, option: tuple[int, int] | None, cell: tuple[str, str]) -> None:
    assert SpeakerTask().confusion(FOUR[at], option) == cell


def test_entities_are_measured_from_the_predicted_mention_on() -> None:
    task = SpeakerTask(context=2)
    own = list(task.examples(ARTICLE))
    right = [task.gold(one) for one in own]
    assert task.figures(own, right)["entity_b3_f1"] == 1
    start = TEXT.index("كيم")
    assert task.figures(own, [None, (start, start + 3), right[2]])["entity_b3_f1"] == 1
    assert task.figures(own, [None, (start, start + 3), None])["entity_b3_recall"] == 0.25
    assert task.figures(own, [(0, 3), right[1], right[2]])["entity_b3_precision"] == pytest.approx(2 / 3)


def test_rows_of_one_group_have_no_entities_to_measure() -> None:
    task = SpeakerTask()
    row = {"text": "قال كيم: نعم", "mention": "كيم", "group": "g"}
    assert not [name for name in task.figures([task.row_example(row)] * 2, [(4, 7)] * 2) if name.startswith("entity")]
