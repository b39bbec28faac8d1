package layertap.cli

import org.apache.spark.internal.Logging

/** Logs as Spark does what a row may hold. */
object LoggingProcess extends Logging {
  def main(arguments: Array[String]): Unit = {
    val failure = new IllegalStateException("b\nlayertap: exit 0: done")
    logWarning("a\u001b[2K\nlayertap: exit 0: done\r\u009bz", failure)
  }
}
