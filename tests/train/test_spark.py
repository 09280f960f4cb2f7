"""A registered model as a UDF on a local Spark answers as it does without one."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest
from qawl.models import registry
from qawl.models.folder import load_model
from qawl.train.tracking import log_model

pytest.importorskip("pyspark", reason="pip install 'qawl[spark]'")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

ROWS = [("رحب الوزير بالقرار.", "القرار"), ("سقط المطر.", "القرار"), ("قال كيم إن الحرب انتهت.", "الحرب")]


def register(task: str, models_folder: Path) -> str:
    registry.connect()
    version = log_model(models_folder / task, load_model(models_folder / task), "none")
    registry.set_champion(task, version)
    return f"models:/{registry.registered_name(task)}@{registry.ALIAS}"


def test_a_registered_model_is_a_udf_of_spark(store: Path, models_folder: Path) -> None:
    import mlflow
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import struct

    stance, speaker = register("stance", models_folder), register("speaker", models_folder)
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.driver.memory", "512m").getOrCreate()
    try:
        sentences = spark.createDataFrame(ROWS, ["text", "target"]).repartition(2)
        udf = mlflow.pyfunc.spark_udf(spark, stance, env_manager="local", result_type="label string, score double")
        answers = sentences.withColumn("answer", udf(struct("text", "target"))).select("text", "target", "answer.*")
        rows = answers.toPandas()
        alone = mlflow.pyfunc.load_model(stance).predict(rows[["text", "target"]])
        assert len(rows) == len(ROWS)
        assert rows["label"].tolist() == alone["label"].tolist()
        assert rows["score"].tolist() == alone["score"].tolist()
        kind = "start double, end double, score double"
        udf = mlflow.pyfunc.spark_udf(spark, speaker, env_manager="local", result_type=kind)
        spoken = sentences.select("text", udf(struct("text")).alias("answer")).select("text", "answer.*").toPandas()
        found = {row.text: (row.start, row.end) for row in spoken.itertuples()}
        assert found["قال كيم إن الحرب انتهت."] == (4, 7)
        assert all(math.isnan(offset) for offset in found["سقط المطر."])
    finally:
        spark.stop()
