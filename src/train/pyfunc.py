"""The MLflow model, as code: MLflow stores this file beside the model folder and runs it to load the model.

Input: a table with the task's columns (`text`; `target` for stance; where there are, `title`, `before`,
`after`). Output: a table with `label` and `score`; for the speaker task `mention`, `start`, `end` and `score`,
where offsets count from the start of `before`, and no mention means the narrator.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel


class QawlModel(PythonModel):
    """One task's model behind MLflow's interface."""

    def load_context(self, context: Any) -> None:
        """Read the model folder that was logged."""
        from qawl.models.folder import load_model

        self.model = load_model(Path(context.artifacts["model"]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return a row for each row of the input, in order."""
        from qawl.models.rows import predict_rows

        table = model_input.fillna("").astype(str)
        rows = [dict(zip(map(str, table.columns), row, strict=True)) for row in table.itertuples(index=False)]
        return pd.DataFrame(predict_rows(self.model, rows))


set_model(QawlModel())
