"""The MLflow UI over the store that training writes to."""

from __future__ import annotations

import subprocess
import sys

from ..errors import QawlError
from ..models.registry import store


def serve(port: int) -> None:
    """Run `mlflow ui` on 127.0.0.1 until it is stopped."""
    address = store()
    if address.startswith("http"):
        raise QawlError(f"the runs are on a server: open {address} in a browser")
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", address, "--host", "127.0.0.1"]
    raise SystemExit(subprocess.call([*command, "--port", str(port)]))
