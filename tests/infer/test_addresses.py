"""Articles behind addresses: a real S3 client against a server on loopback."""

import gzip
from collections.abc import Iterator
from typing import Any

import boto3
import pandas as pd
import pytest
from moto.server import ThreadedMotoServer
from qawl.data import sources
from qawl.errors import InputError
from qawl.infer.readers import read_articles
from qawl.records import Article, Rejected

TEXT = "قال كيم: نعم."


@pytest.fixture(scope="module")
def bucket() -> Iterator[Any]:
    """An empty bucket `news`; the client is a user's own, that of qawl finds the server by its environment."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**keys, "AWS_ENDPOINT_URL": f"http://{host}:{port}", "NO_PROXY": "*"}.items():
            patch.setenv(name, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket="news")
        yield lambda key, body: client.put_object(Bucket="news", Key=key, Body=body)
    server.stop()


def read(*inputs: str) -> list[Article | Rejected]:
    return list(read_articles(inputs))


def test_tables_texts_folders_and_patterns_of_a_bucket(bucket: Any) -> None:
    frame = pd.DataFrame({"text": ["أ", "ب"], "id": ["1", "2"]})
    bucket("t/outlet=bbc/part.parquet", frame.to_parquet())
    bucket("t/a.txt", TEXT.encode())
    bucket("t/b.csv.gz", gzip.compress('text\nنص\n""\n'.encode()))
    bucket("u/c.jsonl", '{"text": "نص"}\n{'.encode())
    by_id = {item.id: item for item in read("s3://news/t") if isinstance(item, Article)}
    assert set(by_id) == {"a", "b-2", "1", "2"}
    assert (by_id["2"].text, by_id["2"].outlet, by_id["a"].text) == ("ب", "bbc", TEXT)
    assert [item.id for item in read("s3://news/t/*.txt", "s3://news/t/outlet=*") if isinstance(item, Article)] == [
        "a", "1", "2"
    ]  # fmt: skip
    good, bad = read("s3://news/u/c.jsonl")
    assert isinstance(good, Article) and isinstance(bad, Rejected)
    assert (bad.place, bad.line) == ("s3://news/u/c.jsonl", 2)


def test_what_a_long_lived_process_lists_is_what_is_there_now(bucket: Any) -> None:
    bucket("n/a.txt", TEXT.encode())
    assert len(read("s3://news/n")) == 1
    bucket("n/b.txt", TEXT.encode())
    assert len(read("s3://news/n")) == 2


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("s3://news/none", "no such file or folder"),
        ("s3://none/a.txt", "no such file or folder"),
        ("s3://news/none/*.csv", "a pattern without articles"),
        ("nonesuch://a/b", "an address that cannot be opened"),
    ],
)
def test_addresses_with_nothing_behind_them(bucket: Any, address: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read_articles([address])


def test_without_the_extra_the_command_that_brings_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'qawl\[s3\]'"):
        read_articles(["s3://news/a.txt"])


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(InputError, match=r"^http://127\.0\.0\.1:9/a\.txt"):
        read_articles(["http://127.0.0.1:9/a.txt"])
