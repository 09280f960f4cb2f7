"""To Label Studio and back: nothing is lost, corrections arrive, and what does not fit is told in a line."""

import copy
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from qawl.data.articles import article_dict, iter_articles, write_articles
from qawl.data.label_studio import CONFIG, Task, export_tasks
from qawl.data.label_studio_import import import_tasks, read_tasks
from qawl.data.loaders import DataConfig, load_dataset
from qawl.data.validate import validate
from qawl.errors import InputError
from qawl.infer.label import export_file, import_file
from qawl.infer.loading import Models
from qawl.infer.score import score_articles
from qawl.records import (
    TOPICS,
    Article,
    Entity,
    Mention,
    ScoredLabel,
    ScoredRow,
    ScoredSpeaker,
    ScoredStance,
    Sentence,
)
from qawl.tasks import TASKS, make_task

TEXT = "قال كيم: نرفض الحرب.\nوأضاف: نريد السلام.\nثم مضى."
CUTS = [(0, 20), (21, 40), (41, 48)]
TARGET = "الحرب"
ARTICLE = Article(
    "a",
    TEXT,
    title="كيم",
    entities=(Entity("الزعيم كيم", ("كيم",)),),
    targets=(TARGET,),
    sentences=(
        Sentence(0, 20, "conflict_war_peace", Mention("الزعيم كيم", 4, 7), {TARGET: "against"}),
        Sentence(21, 40, "politics_government", Mention("الزعيم كيم", 4, 7), {TARGET: "none"}),
        Sentence(41, 48, "society", None, {TARGET: "none"}),
    ),
)


def row(number: int, **changes: Any) -> ScoredRow:
    start, end = CUTS[number]
    given: dict[str, Any] = {
        "article_id": "a",
        "sentence": number,
        "start": start,
        "end": end,
        "text": TEXT[start:end],
        "speaker": ScoredSpeaker("كيم", "كيم", 4, 7, 0.9) if number < 2 else None,
        "narrator_score": 0.1 if number < 2 else 0.8,
        "topic": ScoredLabel("society", 0.6),
        "stances": (ScoredStance(TARGET, "against" if number == 0 else "none", 0.7),),
    }
    return ScoredRow(**{**given, **changes})


def rows() -> list[ScoredRow]:
    return [row(number) for number in range(3)]


def submitted(task: Task, **fields: Any) -> Task:
    """The task as Label Studio exports it when somebody submits what the model said."""
    done = {"result": copy.deepcopy(task["predictions"][0]["result"]), "was_cancelled": False, **fields}
    return {**task, "id": 7, "annotations": [done]}


def results(task: Task) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = task["annotations"][0]["result"]
    return found


def find(task: Task, name: str, control: str) -> dict[str, Any]:
    return next(item for item in results(task) if item.get("id") == name and item["from_name"] == control)


def test_the_corpus_comes_back_as_it_was(corpus: Path, articles: list[Article], tmp_path: Path) -> None:
    tasks = json.loads(json.dumps(export_tasks(articles)))
    assert import_tasks(tasks) == articles
    seeds = corpus / "seeds.jsonl"
    export_file(seeds, tmp_path / "tasks.json", [], None, "qawl")
    assert import_file(tmp_path / "tasks.json", tmp_path / "back.jsonl") == (2, 0)
    assert (tmp_path / "back.jsonl").read_text("utf-8") == seeds.read_text("utf-8")


def test_what_had_no_label_has_none_afterwards() -> None:
    bare = Article("a", TEXT, targets=("الحرب", "السلام"), sentences=(Sentence(0, 20), Sentence(21, 40, "society")))
    (task,) = export_tasks([bare])
    assert import_tasks([task]) == [bare]
    results(task).append(
        {"id": "s1", "from_name": "stance", "type": "choices", "value": {"choices": ["favor: السلام"]}}
    )
    (back,) = import_tasks([task])
    assert [dict(sentence.stance) for sentence in back.sentences] == [{}, {"السلام": "favor"}]


def test_emoji_and_every_line_end_keep_their_offsets() -> None:
    text = "😀 قال كيم: كلا.\r\nثم مضى 😀😀."
    sentences = (Sentence(0, 15, "sport", Mention("كيم", 6, 9)), Sentence(17, 27, "sport"))
    article = Article("a", text, entities=(Entity("كيم"),), sentences=sentences)
    assert import_tasks(export_tasks([article])) == [article]


def test_the_configuration_knows_every_control_and_label(articles: list[Article]) -> None:
    tree = ET.fromstring(CONFIG)
    known = {tag.get("name"): {child.get("value") for child in tag} for tag in tree.iter() if tag.get("name")}
    assert known["topic"] == set(TOPICS)
    for task in export_tasks(articles):
        boxes = {box["value"] for box in task["data"]["sides"]}
        for item in results(task):
            if item["type"] == "relation":
                continue
            value = item["value"]
            allowed = boxes if item["from_name"] == "stance" else known[item["from_name"]]
            assert item["to_name"] == "text" in known
            assert item["type"] == "textarea" or set(value[item["type"]]) <= allowed
    # What the tags take from a task must stand in its data.
    assert set(re.findall(r'"\$(\w+)"', CONFIG)) <= set(task["data"])


def test_rows_become_predictions_with_their_scores() -> None:
    (task,) = export_tasks(rows(), {"a": ARTICLE}, model_version="qawl 7")
    (prediction,) = task["predictions"]
    assert prediction["model_version"] == "qawl 7"
    assert prediction["score"] == pytest.approx((3 * 0.6 + 2 * 0.9 + 0.8 + 0.7) / 7)
    assert task["data"]["text"] == TEXT and "annotations" not in task
    scores = {(item.get("id"), item.get("from_name")): item.get("score") for item in prediction["result"]}
    assert scores["s0", "topic"] == 0.6 and scores["s0", "voice"] == 0.9 and scores["s2", "voice"] == 0.8
    assert scores["s0", "stance"] == 0.7 and ("s1", "stance") not in scores


def test_without_the_articles_the_text_is_rebuilt() -> None:
    (task,) = export_tasks(rows())
    assert task["data"]["text"] == TEXT.replace("\n", " ")
    (task,) = export_tasks([row(1), row(2)])
    assert task["data"]["text"] == TEXT[21:].replace("\n", " ").rjust(48)


def test_corrections_arrive() -> None:
    task = submitted(export_tasks(rows(), {"a": ARTICLE})[0])
    find(task, "s0", "topic")["value"]["choices"] = ["conflict_war_peace"]
    find(task, "m0", "entity")["value"]["text"] = ["الزعيم كيم"]
    # The second sentence is the narrator's, and for the target; the third has a new mention as its speaker.
    find(task, "s1", "voice")["value"]["choices"] = ["narrator"]
    results(task)[:] = [item for item in results(task) if item.get("from_id") != "s1"]
    results(task).append({"id": "s1", "from_name": "stance", "type": "choices", "value": {"choices": ["favor: الحرب"]}})
    find(task, "s2", "voice")["value"]["choices"] = ["speaker"]
    # A mouse took the blank along, the arrow was drawn the other way round, and nobody named the entity.
    region = {"start": 41, "end": 44, "text": TEXT[41:44], "labels": ["mention"]}
    results(task).append({"id": "x", "from_name": "span", "type": "labels", "value": region})
    results(task).append({"type": "relation", "from_id": "x", "to_id": "s2", "direction": "right"})
    (article,) = import_tasks([task])
    assert article_dict(article)["sentences"] == [
        {
            "start": 0,
            "end": 20,
            "topic": "conflict_war_peace",
            "speaker": {"entity": "الزعيم كيم", "start": 4, "end": 7},
            "stance": {TARGET: "against"},
        },
        {"start": 21, "end": 40, "topic": "society", "speaker": None, "stance": {TARGET: "favor"}},
        {
            "start": 41,
            "end": 48,
            "topic": "society",
            "speaker": {"entity": "ثم", "start": 41, "end": 43},
            "stance": {TARGET: "none"},
        },
    ]
    assert article.entities == (Entity("الزعيم كيم", ("كيم",)), Entity("ثم"))


def test_a_mention_without_a_name_is_the_entity_that_bears_its_words() -> None:
    (task,) = export_tasks([ARTICLE])
    results(task).remove(find(task, "m0", "entity"))
    assert import_tasks([task]) == [ARTICLE]


def test_abstentions_are_left_to_the_annotator() -> None:
    given = row(
        0,
        speaker=ScoredSpeaker(None, None, None, None, 0.4),
        topic=ScoredLabel(None, 0.2),
        stances=(ScoredStance(TARGET, None, 0.3),),
    )
    task = submitted(export_tasks([given, row(2)])[0])
    assert find(task, "s0", "span")["meta"] == {"text": [f"open: topic, speaker, stance toward «{TARGET}»"]}
    assert not [item for item in results(task) if item["id"] == "s0" and item["from_name"] != "span"]
    refused(task, "has no topic")
    results(task).append({"id": "s0", "from_name": "topic", "type": "choices", "value": {"choices": ["society"]}})
    refused(task, "neither the narrator's nor a speaker's")


def test_scored_corrected_imported_trained(models: Models, corpus: Path, tmp_path: Path) -> None:
    known = [article for _, article in iter_articles(corpus / "seeds.jsonl")]
    scored = [row for rows in score_articles(known, models, targets=[TARGET]) for row in rows]
    tasks = [submitted(task) for task in export_tasks(scored, {article.id: article for article in known})]
    for task in tasks:
        find(task, "s1", "topic")["value"]["choices"] = ["conflict_war_peace"]
    (tmp_path / "export.json").write_text(json.dumps(tasks), encoding="utf-8")
    corrected = tmp_path / "corpus.jsonl"
    assert import_file(tmp_path / "export.json", corrected) == (2, 0)
    findings, count, _ = validate(corrected)
    assert (findings, count) == ([], 2)
    assert all(article.sentences[1].topic == "conflict_war_peace" for _, article in iter_articles(corrected))
    for name in TASKS:
        made = make_task(name)
        config = DataConfig(train=corrected, validation=0.5, test=None)
        splits = load_dataset(config, article_examples=made.examples, row_example=made.row_example)
        assert len(splits["train"]) and len(splits["validation"])


def test_the_newest_annotation_counts_and_cancelled_ones_do_not() -> None:
    task = submitted(export_tasks(rows())[0], updated_at="2024-05-01T10:00:00Z")

    def more(topic: str, **fields: Any) -> None:
        other = copy.deepcopy(task["annotations"][0]) | fields
        next(item for item in other["result"] if item["from_name"] == "topic")["value"]["choices"] = [topic]
        task["annotations"].append(other)

    more("sport", updated_at="2024-05-01T10:00:00.5Z")
    more("health", updated_at="2023-05-01T10:00:00Z")
    more("religion", updated_at="2025-05-01T10:00:00Z", was_cancelled=True)
    (article,) = import_tasks([task])
    assert article.sentences[0].topic == "sport"


def test_tasks_without_an_annotation_are_left_out(tmp_path: Path) -> None:
    (task,) = export_tasks([ARTICLE])
    (waiting,) = export_tasks(rows())
    (tmp_path / "a.json").write_text(json.dumps([waiting, task]), encoding="utf-8")
    assert import_file(tmp_path / "a.json", tmp_path / "a.jsonl") == (1, 1)
    with pytest.raises(InputError, match=r"^tasks: no task with an annotation — submit some"):
        import_tasks([waiting])


def refused(task: Task, problem: str) -> None:
    with pytest.raises(InputError) as error:
        import_tasks([task], "tasks.json")
    message = str(error.value)
    assert message.startswith("tasks.json: task 1: ") and " — " in message and "\n" not in message
    assert problem in message


def set_value(name: str, control: str, **value: Any) -> Callable[[Task], None]:
    return lambda task: find(task, name, control)["value"].update(value)


def add(**result: Any) -> Callable[[Task], None]:
    return lambda task: results(task).append(result)


def drop(name: str, control: str) -> Callable[[Task], None]:
    return lambda task: results(task).remove(find(task, name, control))


OTHER_MENTION = {
    "id": "m9",
    "from_name": "span",
    "type": "labels",
    "value": {"start": 44, "end": 47, "labels": ["mention"]},
}


def related_twice(task: Task) -> None:
    add(**OTHER_MENTION)(task)
    add(type="relation", from_id="s0", to_id="m9")(task)


BAD: list[tuple[Callable[[Task], Any], str]] = [
    (set_value("s2", "span", end=99), "the region 41:99 lies outside the text of 48 characters"),
    (set_value("s2", "span", start=None), "the region None:48 lies outside"),
    (set_value("s2", "span", start=39), "at 39:48 stands «. ثم مضى.», not «ثم مضى.»"),
    (set_value("m0", "span", start=5, end=8), "at 5:8 stands «يم:», not «كيم»"),
    (set_value("s2", "span", labels=["person"]), "«ثم مضى.» is labelled person"),
    (set_value("s2", "span", labels=[]), "«ثم مضى.» is labelled nothing"),
    (set_value("s2", "span", start=20, end=21, text="\\n"), "the region 20:21 is blank"),
    (drop("s0", "topic"), "the sentence «قال كيم: نرفض الحرب.» has no topic — choose one"),
    (set_value("s0", "topic", choices=["sport", "health"]), "has two topics"),
    (set_value("s0", "topic", choices=["sports"]), "unknown topic 'sports'"),
    (set_value("s0", "stance", choices=["against: السلام"]), "the unknown stance 'against: السلام'"),
    (set_value("s0", "stance", choices=["against: الحرب", "favor: الحرب"]), "both for and against «الحرب»"),
    (related_twice, "is related to two mentions, «كيم» and «مضى»"),
    (set_value("s0", "voice", choices=["narrator"]), "is the narrator's and has a speaker"),
    (set_value("s2", "voice", choices=["speaker"]), "has a speaker but no mention"),
    (set_value("s2", "voice", choices=["reader"]), "the unknown voice 'reader'"),
    (drop("s2", "voice"), "is neither the narrator's nor a speaker's"),
    (add(type="relation", from_id="s0", to_id="s1"), "none between a sentence and a mention"),
    (add(type="relation", from_id="s0", to_id="gone"), "a relation between «قال كيم: نرفض الحرب.» is none"),
    (set_value("m0", "entity", text=["كيم", "جونغ"]), "the mention «كيم» has two entities"),
    (drop("m0", "span"), "an answer to 'entity' at no labelled region"),
    (set_value("s1", "span", start=15, text=TEXT[15:40]), "before the sentence above ends"),
    (lambda task: results(task).clear(), "no sentence in the annotation"),
    (lambda task: task["data"].pop("qawl"), "data.qawl: Field required — give tasks of `qawl label export`"),
    (lambda task: task["data"].update(text="\ud800"), "data.text: half of a surrogate pair"),
    (lambda task: task.update(annotations={}), "annotations: Input should be a valid list"),
]


@pytest.mark.parametrize(("change", "problem"), BAD, ids=[problem for _, problem in BAD])
def test_what_does_not_fit_is_told_in_a_line(change: Callable[[Task], Any], problem: str) -> None:
    (task,) = export_tasks([ARTICLE])
    change(task)
    refused(task, problem)


def test_an_article_in_two_tasks() -> None:
    (task,) = export_tasks([ARTICLE])
    with pytest.raises(InputError, match="task 2: the article 'a' is task 1 too — delete one"):
        import_tasks([task, task])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[{]", ":1: not JSON"),
        ('{"a": 1}', ": no list of tasks — in Label Studio: Export, JSON"),
        ("[3]", ": task 1: Input should be"),
        ('[{"id": 1, "text": "…", "span": []}]', ": task 1: data: Field required"),
        ("[" * 100_000, "too deep a nesting"),
        ("[]", ": no task with an annotation"),
    ],
)
def test_files_that_label_studio_did_not_write(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "tasks.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as error:
        import_tasks(read_tasks(path), path)
    assert str(error.value).startswith(str(path)) and problem in str(error.value)


@pytest.mark.parametrize(
    ("given", "sources", "problem"),
    [
        ([row(0)], {}, "no such article among the articles"),
        ([row(0)], {"a": Article("a", "نص آخر")}, "sentence 0 is not what stands in the article at 0:20"),
        ([row(0, speaker=ScoredSpeaker("ك", "ك", 3, 4, 0.9))], {"a": ARTICLE}, "sentence 0 is not what stands"),
        ([row(0, text="نص")], None, "sentence 0 does not fit at 0:20"),
        ([row(1), row(0)], None, "sentence 0 does not fit at 0:20"),
    ],
)
def test_rows_that_fit_no_text(given: list[ScoredRow], sources: dict[str, Article] | None, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        export_tasks(given, sources)


def test_the_commands(qawl: Callable[..., Any], tmp_path: Path) -> None:
    write_articles(tmp_path / "a.jsonl", [ARTICLE])
    lines = "".join(json.dumps(row.as_dict()) + "\n" for row in rows())
    (tmp_path / "rows.jsonl").write_text(lines, encoding="utf-8")
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text(TEXT, encoding="utf-8")

    done = qawl("label", "export", "a.jsonl", "--output", "a.json", "--config", "config.xml")
    assert (done.returncode, done.stdout) == (0, "a.json: 1 tasks with annotations; config.xml: the configuration\n")
    assert (tmp_path / "config.xml").read_text("utf-8") == CONFIG
    done = qawl("label", "import", "a.json", "--output", "back.jsonl")
    assert (done.returncode, done.stdout, done.stderr) == (0, "back.jsonl: 1 labelled articles\n", "")
    assert (tmp_path / "back.jsonl").read_bytes() == (tmp_path / "a.jsonl").read_bytes()

    done = qawl("label", "export", "rows.jsonl", "--output", "rows.json", "--articles", "texts")
    assert (done.returncode, done.stdout, done.stderr) == (0, "rows.json: 1 tasks with predictions\n", "")
    assert json.loads((tmp_path / "rows.json").read_text("utf-8"))[0]["data"]["text"] == TEXT
    done = qawl("label", "export", "rows.jsonl", "--output", "rows.json")
    assert done.returncode == 0 and "--articles gives them as they were" in done.stderr

    (tmp_path / "texts" / "a.txt").write_text("نص آخر", encoding="utf-8")
    for words, problem in [
        (("export", "rows.jsonl", "--output", "x.json", "--articles", "texts"), "qawl: rows.jsonl: article 'a': "),
        (("export", "a.jsonl", "--output", "x.json", "--articles", "texts"), "leave --articles out"),
        (("export", "a.jsonl", "--output", "x.xml"), "name a .json file"),
        (("export", "none.jsonl", "--output", "x.json"), "no such file"),
        (("import", "rows.json", "--output", "x.jsonl"), "qawl: rows.json: no task with an annotation"),
        (("import", "config.xml", "--output", "x.jsonl"), "qawl: config.xml:1: not JSON"),
        (("import", "none.json", "--output", "x.jsonl"), "qawl: none.json: no such file"),
        (("import", "a.json", "--output", "x.csv"), "name a .jsonl file"),
    ]:
        done = qawl("label", *words)
        assert done.returncode == 2 and problem in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
    assert not list(tmp_path.glob("x.*"))
