package layertap.testing

import java.nio.file.Files
import java.util.concurrent.atomic.AtomicInteger
import org.apache.spark.scheduler.{SparkListener, SparkListenerTaskEnd}
import org.apache.spark.sql.SparkSession

/** The one Spark session of all tests: two cores, no user interface. The JVM's end stops it. */
object SharedSpark {

  /** Of this JVM alone: a table of an earlier run would be in the way. */
  private lazy val warehouse = Files.createTempDirectory("warehouse")

  lazy val session: SparkSession = {
    val spark = SparkSession
      .builder()
      .master("local[2]")
      .appName("layertap tests")
      .config("spark.driver.bindAddress", "127.0.0.1")
      .config("spark.driver.host", "127.0.0.1")
      .config("spark.sql.shuffle.partitions", 2)
      .config("spark.sql.warehouse.dir", warehouse.toString)
      .config("spark.ui.enabled", false)
      .getOrCreate()
    // Tasks that fail on purpose would fill the log with stack traces.
    spark.sparkContext.setLogLevel("OFF")
    spark
  }

  /** Does something while each file is a task of its own. */
  def withTaskPerFile[A](work: => A): A = {
    val key = "spark.sql.files.minPartitionNum"
    session.conf.set(key, 64)
    try work
    finally session.conf.unset(key)
  }

  /** How many tasks ended while something was done. */
  def countTasks(work: => Unit): Int = {
    val ended = new AtomicInteger
    val listener = new SparkListener {
      override def onTaskEnd(end: SparkListenerTaskEnd): Unit = ended.incrementAndGet()
    }
    session.sparkContext.addSparkListener(listener)
    try work
    finally session.sparkContext.removeSparkListener(listener)
    ended.get
  }
}
