package layertap.cli

/** Logs as Spark does what a row may hold. */
object LoggingProcess {

  /** By reflection: the tests depend on Spark, not on what it logs with. */
  def main(arguments: Array[String]): Unit = {
    val failure = new IllegalStateException("b\nlayertap: exit 0: done")
    val log = Class
      .forName("org.apache.logging.log4j.LogManager")
      .getMethod("getLogger", classOf[String])
      .invoke(null, "spark")
    Class
      .forName("org.apache.logging.log4j.Logger")
      .getMethod("warn", classOf[String], classOf[Throwable])
      .invoke(log, "a\u001b[2K\nlayertap: exit 0: done\r\u009bz", failure): Unit
  }
}
