"""The MLflow UI over the store that training writes to."""

from __future__ import annotations

import os
import subprocess
import sys

from ..errors import QawlError
from ..models.registry import DEFAULT_STORE, STORE


def serve(port: int) -> None:
    """Run `mlflow ui` on 127.0.0.1 until it is stopped."""
    store = os.environ.get(STORE) or DEFAULT_STORE
    if store.startswith("http"):
        raise QawlError(f"the runs are on a server: open {store} in a browser")
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", store, "--host", "127.0.0.1"]
    raise SystemExit(subprocess.call([*command, "--port", str(port)]))
