"""Turn article drafts, easy to write by hand, into labelled articles with character offsets.

usage: python data/compose.py DRAFT.json… --output data/corpus/train.jsonl

A draft holds the article sentence by sentence, with the speaker's mention as a string; offsets are
what people get wrong, so they are computed here. Fields: id, title, outlet, date, origin, targets,
entities [{name, aliases}], sentences [{text, sep, topic, speaker, stance}]. `sep` is what stands in the
article before the sentence (" " unless told; "\n" opens a paragraph; "" joins it to what came before).
`speaker` is null or {entity, mention, in}: `in` is the index of the sentence that holds the mention
(this one unless told). A target that `stance` leaves out is `none`.
"""

import argparse
import json
import sys
from pathlib import Path

from qawl.records import STANCES, TOPICS


class DraftError(ValueError):
    """A draft that cannot become an article; the message names the draft and the sentence."""


def mention_offsets(draft: dict, index: int, spans: list[tuple[int, int]]) -> tuple[int, int]:
    """Return the article offsets of the mention that sentence `index` gives for its speaker."""
    speaker = draft["sentences"][index]["speaker"]
    holder = speaker.get("in", index)
    where = f"{draft['id']}, sentence {index}"
    if not 0 <= holder <= index:
        raise DraftError(f"{where}: `in` is {holder}; a mention stands in this sentence or an earlier one")
    text = draft["sentences"][holder]["text"]
    at = text.find(speaker["mention"])
    if at < 0:
        raise DraftError(f"{where}: «{speaker['mention']}» is not in sentence {holder}: {text}")
    start = spans[holder][0] + at
    return start, start + len(speaker["mention"])


def check_names(draft: dict) -> None:
    """Refuse duplicate entities, names that no sentence uses and labels outside the guidelines."""
    text = " ".join(sentence["text"] for sentence in draft["sentences"]) + " " + draft["title"]
    for entity in draft["entities"]:
        for name in [entity["name"], *entity["aliases"]]:
            if name not in text:
                raise DraftError(f"{draft['id']}: entity string «{name}» is nowhere in the article")
    names = [entity["name"] for entity in draft["entities"]]
    if len(set(names)) != len(names):
        raise DraftError(f"{draft['id']}: two entities have one name")
    for index, sentence in enumerate(draft["sentences"]):
        where = f"{draft['id']}, sentence {index}"
        if sentence["topic"] not in TOPICS:
            raise DraftError(f"{where}: topic {sentence['topic']!r} is none of {', '.join(TOPICS)}")
        if unknown := set(sentence.get("stance", {})) - set(draft["targets"]):
            raise DraftError(f"{where}: stance toward {unknown}, which `targets` does not list")
        if unknown := set(sentence.get("stance", {}).values()) - set(STANCES):
            raise DraftError(f"{where}: stance {unknown}; use favor, against or none")
        speaker = sentence["speaker"]
        if speaker and speaker["entity"] not in names:
            raise DraftError(f"{where}: entity «{speaker['entity']}» is not in `entities`")
        if speaker:
            known = next(e for e in draft["entities"] if e["name"] == speaker["entity"])
            if speaker["mention"] not in [known["name"], *known["aliases"]]:
                raise DraftError(f"{where}: mention «{speaker['mention']}» is no name or alias of «{known['name']}»")


def compose(draft: dict) -> dict:
    """Return the labelled article of one draft."""
    check_names(draft)
    text, spans = "", []
    for index, sentence in enumerate(draft["sentences"]):
        if sentence["text"] != sentence["text"].strip():
            raise DraftError(f"{draft['id']}, sentence {index}: blanks at its edges")
        text += "" if index == 0 else sentence.get("sep", " ")
        spans.append((len(text), len(text) + len(sentence["text"])))
        text += sentence["text"]
    labelled = []
    for index, (sentence, (start, end)) in enumerate(zip(draft["sentences"], spans, strict=True)):
        speaker = None
        if sentence["speaker"]:
            at, to = mention_offsets(draft, index, spans)
            speaker = {"entity": sentence["speaker"]["entity"], "start": at, "end": to}
        stance = {target: sentence.get("stance", {}).get(target, "none") for target in draft["targets"]}
        labelled.append({"start": start, "end": end, "topic": sentence["topic"], "speaker": speaker, "stance": stance})
    head = {key: draft[key] for key in ("id", "title")}
    tail = {key: draft[key] for key in ("outlet", "date", "origin", "entities", "targets")}
    return {**head, "text": text, **tail, "sentences": labelled}


def main() -> None:
    """Compose the drafts named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drafts", nargs="+", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    try:
        articles = [compose(json.loads(path.read_text("utf-8"))) for path in sorted(options.drafts)]
    except (DraftError, KeyError, json.JSONDecodeError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    lines = [json.dumps(article, ensure_ascii=False) + "\n" for article in articles]
    options.output.write_text("".join(lines), "utf-8")
    sys.stderr.write(f"{len(articles)} articles, {sum(len(a['sentences']) for a in articles)} sentences\n")


if __name__ == "__main__":
    main()
