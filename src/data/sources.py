"""Where bytes come from: files, folders, patterns and fsspec addresses; what is packed is unpacked on the way."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from glob import glob, has_magic
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from ..errors import InputError, first_line

UNPACK: Mapping[str, Callable[[Any], Any]] = {
    ".gz": gzip.open,
    ".xz": lzma.open,
    ".bz2": bz2.open,
    ".zst": lambda stream: _unpack_zst(stream),
}
EXTRAS = {"s3": "s3", "s3a": "s3"}
"""Which extra of qawl brings the file system of a protocol."""
ON_HUB = re.compile(r"hf://datasets/([^/@]+/[^/@]+)(?:@(refs/[^/]+/[^/]+|[^/]+))?/(.+)")
"""A file of a data set on the Hugging Face hub: its repository, revision and path."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file, on this machine or behind an address.

    Attributes:
        place: as the user names it, for messages.
        name: its path inside what was given, without endings.
        kind: the ending that says what is in it, such as `.csv`; lower case.
        packing: the ending of a compressed file, such as `.gz`; empty for a plain one.
        keys: what the folders' names say of everything in the file (`outlet=bbc/date=2019-04-25/`).
    """

    place: str
    name: str
    kind: str
    packing: str
    fs: Any
    path: str
    keys: Mapping[str, str] = field(default_factory=dict)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the file for reading bytes, unpacked.

        Raises:
            InputError: no such file, no right to read it, no connection.
        """
        with readable(self.place):
            raw = self.fs.open(self.path, "rb")
        with raw, UNPACK[self.packing](raw) if self.packing else raw as stream:
            yield stream


@contextmanager
def readable(place: str, line: int | None = None) -> Iterator[None]:
    """Turn whatever goes wrong while bytes are fetched or unpacked into an InputError.

    Each file system and each compression has error classes of its own: keep nothing else in the block.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        problem = (isinstance(error, OSError) and error.strerror) or f"cannot be read: {error}"
        remedy = "check the address and its rights, and that the file is whole"
        raise InputError(place, problem, line=line, remedy=remedy) from error


def local_source(path: Path) -> Source:
    """Return the source of one file of this machine, whether it is there or not."""
    from fsspec.implementations.local import LocalFileSystem

    stem, kind, packing = _split(path.name)
    return Source(str(path), stem, kind, packing, LocalFileSystem(), str(path))


def hub_copy(address: str) -> Path:
    """Return the local copy of a data set's file on the Hugging Face hub, fetched once into the hub's own cache.

    Args:
        address: `hf://datasets/OWNER/NAME[@REVISION]/FILE`.

    Raises:
        InputError: no such address, no such file, no right to read it, no connection.
    """
    from huggingface_hub import hf_hub_download

    match = ON_HUB.fullmatch(address)
    if match is None:
        remedy = "write hf://datasets/OWNER/NAME@REVISION/FILE"
        raise InputError(address, "no address of a data set's file", remedy=remedy)
    repo, revision, name = match.groups()
    try:
        return Path(hf_hub_download(repo, name, repo_type="dataset", revision=revision))
    except Exception as error:  # of the hub's client, of its HTTP library, of the disk
        remedy = "check the address and the connection, or fetch the file yourself and give its path"
        raise InputError(address, f"cannot be fetched: {first_line(error)}", remedy=remedy) from error


def find_sources(inputs: Sequence[str], kinds: Sequence[str]) -> list[list[Source]]:
    """Return the files that each input stands for, in order.

    Where two have the same name, both get their whole place for a name.

    Args:
        inputs: paths of files and folders, patterns, and addresses such as `s3://bucket/folder`.
        kinds: the endings that a folder or a pattern is searched for, and that a file must have.

    Raises:
        InputError: nothing there, an unknown kind of file, or an address without its file system.
    """
    found = [_find(given, kinds) for given in inputs]
    names = Counter(source.name for sources in found for source in sources)
    return [
        [source if names[source.name] == 1 else replace(source, name=source.place) for source in sources]
        for sources in found
    ]


def _find(given: str, kinds: Sequence[str]) -> list[Source]:
    reads = f"qawl reads {', '.join(kinds)}, and those compressed ({', '.join(UNPACK)})"
    with readable(given):
        tree = _Tree.of(given)
        if tree.is_file():
            source = tree.source(tree.root, PurePosixPath(tree.root).name)
            if not is_wanted(source, kinds):
                ending = PurePosixPath(tree.root).suffix
                raise InputError(given, f"unknown kind of file {ending!r}", remedy=reads)
            return [source]
        if tree.is_folder():
            sources = tree.below(tree.root)
        elif has_magic(given):
            sources = tree.matching()
        else:
            raise InputError(given, "no such file or folder", remedy="check the path; `-` reads standard input")
    sources = [source for source in sources if is_wanted(source, kinds)]
    if not sources:
        what = "a folder without articles" if tree.is_folder() else "no such file, and a pattern without articles"
        raise InputError(given, what, remedy=reads)
    return sources


@dataclass(frozen=True, slots=True)
class _Tree:
    """The files under one input. A local one keeps the paths that the user gave; fsspec would make them absolute."""

    given: str
    root: str
    fs: Any
    local: bool

    @classmethod
    def of(cls, given: str) -> _Tree:
        from fsspec.core import url_to_fs
        from fsspec.implementations.local import LocalFileSystem

        if "://" not in given:
            return cls(given, given, LocalFileSystem(), True)
        protocol = given.partition("://")[0].rpartition("::")[2]
        if protocol in EXTRAS and find_spec("s3fs") is None:
            remedy = f"pip install 'qawl[{EXTRAS[protocol]}]'"
            raise InputError(given, f"{protocol}:// needs another package", remedy=remedy)
        try:
            fs, root = url_to_fs(given)
        except (ImportError, ValueError) as error:
            raise InputError(given, f"an address that cannot be opened: {error}", remedy="see docs/inputs.md") from None
        # A process that lives long, such as a notebook, would be told of the files of an earlier call.
        fs.invalidate_cache()
        return cls(given, root, fs, False)

    def is_file(self) -> bool:
        return bool(self.fs.isfile(self.root))

    def is_folder(self) -> bool:
        return bool(self.fs.isdir(self.root))

    def below(self, folder: str) -> list[Source]:
        return [self.source(path, name) for path, name in self._inside(folder)]

    def matching(self) -> list[Source]:
        # Path.glob takes no pattern that begins at the root or above.
        found = sorted(glob(self.root, recursive=True) if self.local else self.fs.glob(self.root))  # noqa: PTH207
        files: dict[str, None] = {}
        for path in found:
            files |= dict.fromkeys([own for own, _ in self._inside(path)] if self.fs.isdir(path) else [path])
        parts = PurePosixPath(self.root).parts
        fixed = PurePosixPath(*parts[: next(at for at, part in enumerate(parts) if has_magic(part))])
        return [self.source(path, str(PurePosixPath(path).relative_to(fixed))) for path in files]

    def _inside(self, folder: str) -> list[tuple[str, str]]:
        """Return (path, path inside the folder) of the files below it."""
        if self.local:
            files: Iterable[str] = _files_below(Path(folder))
        else:
            files = self.fs.find(folder)
        inside = [(path, str(PurePosixPath(path).relative_to(folder))) for path in sorted(files)]
        return [(path, name) for path, name in inside if not _hidden(name)]

    def source(self, path: str, name: str) -> Source:
        stem, kind, packing = _split(name)
        place = path if self.local else str(self.fs.unstrip_protocol(path))
        return Source(place, stem, kind, packing, self.fs, path, _keys(path))


def is_wanted(source: Source, kinds: Sequence[str]) -> bool:
    """Tell whether a file is of one of the kinds, and can be read as it is packed."""
    # Parquet packs its columns by itself, and could not be read from the middle if it were packed again.
    return source.kind in kinds and not (source.packing and source.kind == ".parquet")


def _files_below(folder: Path, above: Sequence[Path] = ()) -> Iterator[str]:
    """Yield the files below a folder, also behind links to other folders; a link back to one above leads nowhere."""
    above = [*above, folder.resolve()]
    for path in folder.iterdir():
        if not path.is_dir():
            yield str(path)
        elif path.resolve() not in above:
            yield from _files_below(path, above)


def _split(name: str) -> tuple[str, str, str]:
    """Return (name without endings, kind, packing)."""
    path = PurePosixPath(name)
    packing = path.suffix.lower() if path.suffix.lower() in UNPACK else ""
    path = path.with_suffix("") if packing else path
    return str(path.with_suffix("")), path.suffix.lower(), packing


def _hidden(name: str) -> bool:
    """Tell whether a file was left by a tool: `._a.txt`, `.git/…`, Spark's `_temporary/…`."""
    *folders, file = PurePosixPath(name).parts
    return file.startswith(".") or any(folder.startswith((".", "_")) for folder in folders)


def _keys(path: str) -> Mapping[str, str]:
    """Return what hive-partitioned folders say, as strings: a date stays as it is written."""
    folders = [part for part in PurePosixPath(path).parts[:-1] if part.find("=") > 0]
    if not folders:
        return {}
    import pyarrow as pa
    from pyarrow import dataset

    names = dict.fromkeys(folder.partition("=")[0] for folder in folders)
    schema = pa.schema([(name, pa.string()) for name in names])
    expression = dataset.HivePartitioning(schema, segment_encoding="uri").parse("/".join(folders) + "/")
    found = dataset.get_partition_keys(expression)
    return {key: value for key, value in found.items() if value is not None}


def _unpack_zst(stream: BinaryIO) -> Any:
    import pyarrow

    # fsspec's reader takes a file that was cut off for a whole one.
    return io.BufferedReader(pyarrow.input_stream(stream, compression="zstd"))
