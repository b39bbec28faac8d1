"""Runs layertap every day on that day's rows, by spark-submit.

The user's errors (exit code 2: configuration, layer, model, data) fail at once; storage, network and
lost executors (exit code 3) are tried again. A day that runs twice writes the same output again.

Set in the environment of Airflow's workers:

    LAYERTAP_JAR       the job's jar
    LAYERTAP_CONF      the configuration; its input has a column `ds`, the day as 2026-01-31
    LAYERTAP_OUTPUT    folder of the features, a subfolder per day
    SPARK_SUBMIT       absolute path of spark-submit: the provider does not bring one
    LAYERTAP_RETRY_SECONDS, LAYERTAP_TIMEOUT_SECONDS    300 and 14400 if not set

and the connection `spark_default` as JSON (as a URI, `spark://local[2]` is read as YARN):

    AIRFLOW_CONN_SPARK_DEFAULT='{"conn_type": "spark", "host": "spark://host", "port": 7077}'

Submit in client mode: in cluster mode spark-submit's own exit code says nothing of the job's.
"""

import os
import re
from datetime import datetime, timedelta

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowException, AirflowFailException

USERS_ERROR = re.compile(r"Error code is: 2\.")


class LayertapOperator(SparkSubmitOperator):
    """Fails without another try if layertap says that the user has to mend something."""

    def execute(self, context):
        try:
            return super().execute(context)
        except AirflowException as failure:
            if USERS_ERROR.search(str(failure)):
                raise AirflowFailException(
                    "layertap: exit 2, see the last line of its log; another try would fail as well"
                ) from failure
            raise


def seconds(name, default):
    return timedelta(seconds=int(os.environ.get(name, default)))


with DAG(
    "layertap_daily",
    schedule="@daily",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={
        "retries": 3,
        "retry_delay": seconds("LAYERTAP_RETRY_SECONDS", 300),
        "execution_timeout": seconds("LAYERTAP_TIMEOUT_SECONDS", 14400),
    },
):
    LayertapOperator(
        task_id="extract",
        name="layertap {{ ds }}",
        spark_binary=os.environ.get("SPARK_SUBMIT", "spark-submit"),
        application=os.environ.get("LAYERTAP_JAR", "layertap.jar"),
        java_class="layertap.Main",
        application_args=[
            "extract",
            os.environ.get("LAYERTAP_CONF", "layertap.conf"),
            "--set",
            "input.where=ds = '{{ ds }}'",
            "--set",
            f"output.path={os.environ.get('LAYERTAP_OUTPUT', 'features')}/date={{{{ ds }}}}",
            "--set",
            "output.mode=overwrite",
        ],
    )
