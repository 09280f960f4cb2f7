"""The MLflow store and its registry: where models are registered, and which of them is in use."""

from __future__ import annotations

import os
from pathlib import Path

STORE = "MLFLOW_TRACKING_URI"
"""The variable of the environment that names the store."""
DEFAULT_STORE = "sqlite:///mlflow.db"
ALIAS = "champion"


def store() -> str:
    """Return the address of the MLflow store: MLFLOW_TRACKING_URI, or mlflow.db here."""
    return os.environ.get(STORE) or DEFAULT_STORE


def connect() -> None:
    """Point MLflow to MLFLOW_TRACKING_URI or to mlflow.db here, without its chatter."""
    import logging

    import mlflow

    # Its migrations write a line for each table that a fresh store gets.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    mlflow.set_tracking_uri(store())


def registered_name(task: str) -> str:
    """Return the registry's name for the models of a task."""
    return f"qawl-{task}"


def registered_model(task: str, alias: str) -> Path | None:
    """Return a local copy of a registered model folder, or None where the registry has no such alias."""
    import mlflow
    from mlflow.exceptions import MlflowException

    client = mlflow.MlflowClient()
    name = registered_name(task)
    try:
        version = client.get_model_version_by_alias(name, alias)
    except MlflowException:
        return None
    fetched = Path(mlflow.artifacts.download_artifacts(f"models:/{name}/{version.version}"))
    return next(fetched.glob("artifacts/*/qawl.json")).parent


def set_champion(task: str, version: str) -> None:
    """Let the alias point to a version."""
    import mlflow

    mlflow.MlflowClient().set_registered_model_alias(registered_name(task), ALIAS, version)
