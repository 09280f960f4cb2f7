"""A loopback stand-in for the Hugging Face hub: the part of its HTTP protocol that transformers asks for.

What huggingface_hub 1.x and transformers 5.x ask while they load a model, seen in their requests:

- `HEAD` and `GET /{owner}/{name}/resolve/{revision}/{file}`: `X-Repo-Commit`, `ETag`, `Content-Length`; a missing
  file is a 404 with `X-Error-Code: EntryNotFound`, a missing repository one with `RepoNotFound`;
- for large files (here: the weights) that answer is a 302 to another host, with `X-Linked-ETag` and
  `X-Linked-Size`;
- of data sets the same below `/datasets`; their ids here begin with `datasets/`;
- `GET /api/models/{repo}[/revision/{revision}]` and `/api/models/{repo}/tree/{revision}[/{folder}]`.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

COMMIT = "016fb9d6768f522a59c6e0d2d5d5d43a4e1bff60"
LARGE = (".bin", ".parquet", ".safetensors")
REPO = r"((?:datasets/)?[^/]+/[^/]+)"


@dataclass
class Repo:
    """A repository, and how it misbehaves.

    Args:
        folder: its files.
        commit: the one that `main` stands for.
        gated: it needs a token, which nobody has.
        silent: requests for it are never answered.
        status: everything of it is answered with this (503: the hub is in trouble).
        drops: bytes of a large file after which the connection is cut, one for each request that suffers it.
        refuse: after that, cut every connection for a large file at once; else all goes well.
    """

    folder: Path
    commit: str = COMMIT
    gated: bool = False
    silent: bool = False
    status: int = 0
    drops: list[int] = field(default_factory=list)
    refuse: bool = False


class HubServer:
    """Serves repositories by id: `with HubServer({"owner/name": Repo(folder)}) as hub: … hub.url`."""

    def __init__(self, repos: dict[str, Repo]) -> None:
        self.repos = repos
        self.requests: list[str] = []
        self.stopping = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def cdn(self) -> str:
        # Another host name on purpose: the client does not follow a redirect within the hub's own host.
        return f"http://localhost:{self.port}/cdn"

    def __enter__(self) -> HubServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class _Handler(BaseHTTPRequestHandler):
    hub: HubServer
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def answer(self) -> None:
        path = self.path.partition("?")[0]
        self.hub.requests.append(f"{self.command} {self.path}")
        if match := re.fullmatch(rf"/cdn/{REPO}/(.+)", path):
            self.large(*match.groups())
        elif match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/(revision|tree)/([^/]+)(?:/(.+))?)?", path):
            self.api(*match.groups())
        elif match := re.fullmatch(rf"/{REPO}/resolve/([^/]+)/(.+)", path):
            self.resolve(*match.groups())
        else:
            self.reply(404)

    def known(self, repo: str, revision: str | None) -> bool:
        """Tell whether a repository and its revision may be read; answer the request where they may not."""
        own = self.hub.repos.get(repo)
        if own is not None and own.silent:
            self.hub.stopping.wait(120)
            self.cut()
        elif own is not None and own.status:
            self.reply(own.status)
        elif own is not None and own.gated:
            self.reply(401, {"X-Error-Code": "GatedRepo", "X-Error-Message": f"Access to model {repo} is restricted."})
        elif own is None:
            # The real hub says 401 to those who have no token: it does not tell which private repositories exist.
            self.reply(401, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"})
        elif revision not in (None, "main", own.commit):
            self.reply(404, {"X-Error-Code": "RevisionNotFound", "X-Error-Message": f"Invalid rev id: {revision}"})
        else:
            return True
        return False

    def resolve(self, repo: str, revision: str, name: str) -> None:
        if not self.known(repo, revision):
            return
        file = self.hub.repos[repo].folder / name
        commit = {"X-Repo-Commit": self.hub.repos[repo].commit}
        if not file.is_file():
            self.reply(404, commit | {"X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found"})
            return
        content = file.read_bytes()
        if file.suffix in LARGE:
            linked = {"X-Linked-ETag": f'"{hashlib.sha256(content).hexdigest()}"', "X-Linked-Size": str(len(content))}
            self.reply(302, commit | linked | {"Location": f"{self.hub.cdn}/{repo}/{name}"})
            return
        self.reply(200, commit | {"ETag": f'"{hashlib.sha1(content).hexdigest()}"'}, content)

    def large(self, repo: str, name: str) -> None:
        own = self.hub.repos[repo]
        content = (own.folder / name).read_bytes()
        if own.refuse and not own.drops:
            self.cut()
            return
        end = own.drops.pop(0) if own.drops else len(content)
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:end])
        if end < len(content):
            self.cut()

    def api(self, repo: str, kind: str | None, revision: str | None, folder: str | None) -> None:
        if not self.known(repo, revision):
            return
        root = self.hub.repos[repo].folder
        place = root / (folder or "")
        if not place.is_dir():
            self.reply(404, {"X-Repo-Commit": self.hub.repos[repo].commit, "X-Error-Code": "EntryNotFound"})
            return
        files = [path for path in sorted(place.rglob("*")) if path.is_file()]
        names = [path.relative_to(root).as_posix() for path in files]
        answer: Any = {
            "id": repo,
            "sha": self.hub.repos[repo].commit,
            "private": False,
            "tags": ["bert"],
            "siblings": [{"rfilename": name} for name in names],
        }
        if kind == "tree":
            sizes = [path.stat().st_size for path in files]
            answer = [
                {"type": "file", "path": name, "size": size, "oid": "0" * 40}
                for name, size in zip(names, sizes, strict=True)
            ]
        self.reply(200, {"Content-Type": "application/json"}, json.dumps(answer).encode())

    def reply(self, status: int, headers: dict[str, str] | None = None, content: bytes = b"") -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def cut(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *args: Any) -> None:
        """Say nothing: the requests are in `hub.requests`."""
