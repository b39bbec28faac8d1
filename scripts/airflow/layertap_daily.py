"""Runs layertap every day on that day's rows, by spark-submit.

Exit code 2 (user: fix the configuration, layer, model or data) fails the task at once; exit code 3
(environment: storage, network, lost executors) is tried again. A day that runs twice writes the same
output again.

Set in the environment of Airflow's workers:

    LAYERTAP_JAR       the job's jar
    LAYERTAP_CONF      the configuration; its input has a column `ds`, the day as 2026-01-31
    LAYERTAP_OUTPUT    folder of the features, a subfolder per day
    SPARK_SUBMIT       absolute path of spark-submit, which the provider lacks
    LAYERTAP_RETRIES, LAYERTAP_RETRY_SECONDS, LAYERTAP_TIMEOUT_SECONDS    3, 300 and 14400 if not set

and the connection `spark_default` as JSON (as a URI, `spark://local[2]` is read as YARN):

    AIRFLOW_CONN_SPARK_DEFAULT='{"conn_type": "spark", "host": "spark://host", "port": 7077}'

With "extra": {"deploy-mode": "cluster"} in it, spark-submit's exit code says nothing of the job's.
The task then believes the manifest alone: it reads `_layertap.json` of the run that it started, and
fails if there is none. For that, workers must reach the output (for S3 they need the provider
apache-airflow-providers-amazon).
"""

import json
import os
import re
import uuid
from datetime import datetime, timedelta

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import DAG, BaseHook, ObjectStoragePath
from airflow.sdk.exceptions import AirflowException, AirflowFailException

# As spark-submit, the pod of a driver and a driver on YARN report it.
USERS_ERROR = re.compile(
    r"Error code is: 2\.|spark exit code is: 2\b|application exited with status 2\b"
)


class LayertapOperator(SparkSubmitOperator):
    """Fails without another try if layertap says that the user has to fix something.

    :param output_path: as in `output.path`
    """

    template_fields = (*SparkSubmitOperator.template_fields, "output_path")

    def __init__(self, *, output_path, **arguments):
        super().__init__(**arguments)
        self.output_path = output_path

    def execute(self, context):
        run = uuid.uuid4().hex[:8]
        self.application_args += [
            *("--set", f"output.path={self.output_path}"),
            *("--set", f"output.run-id={run}"),
        ]
        try:
            result = super().execute(context)
        except AirflowException as failure:
            if USERS_ERROR.search(str(failure)):
                raise AirflowFailException(
                    "layertap: exit 2, see the last line of its log; another try would fail as well"
                ) from failure
            raise
        extra = BaseHook.get_connection(self._conn_id).extra_dejson
        if "cluster" in (self._deploy_mode, extra.get("deploy-mode")):
            require_manifest(self.output_path, run)
        return result


def require_manifest(output, run):
    """Fails unless the manifest of an output is that of a run."""
    # Hadoop and Airflow name the scheme differently.
    path = ObjectStoragePath(re.sub("^s3a://", "s3://", output)) / "_layertap.json"
    published = json.loads(path.read_text())["run"] if path.exists() else "no run"
    if published != run:
        raise AirflowException(
            f"layertap: run {run} published nothing to {output}, there is {published}; the log of its"
            " driver says why"
        )


def seconds(name, default):
    return timedelta(seconds=int(os.environ.get(name, default)))


with DAG(
    "layertap_daily",
    schedule="@daily",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={
        "retries": int(os.environ.get("LAYERTAP_RETRIES", 3)),
        "retry_delay": seconds("LAYERTAP_RETRY_SECONDS", 300),
        "execution_timeout": seconds("LAYERTAP_TIMEOUT_SECONDS", 14400),
    },
):
    # Of Airflow's dates this takes ds, the logical date: since Airflow 3 the data interval of @daily is
    # empty.
    LayertapOperator(
        task_id="extract",
        name="layertap {{ ds }}",
        spark_binary=os.environ.get("SPARK_SUBMIT", "spark-submit"),
        application=os.environ.get("LAYERTAP_JAR", "layertap.jar"),
        java_class="layertap.Main",
        output_path=f"{os.environ.get('LAYERTAP_OUTPUT', 'features')}/date={{{{ ds }}}}",
        application_args=[
            "extract",
            os.environ.get("LAYERTAP_CONF", "layertap.conf"),
            *("--set", "input.where=ds = '{{ ds }}'"),
            *("--set", "output.mode=overwrite"),
        ],
    )
