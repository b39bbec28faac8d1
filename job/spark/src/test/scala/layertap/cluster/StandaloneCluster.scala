package layertap.cluster

import java.nio.file.{Files, Path}
import java.util.concurrent.TimeUnit
import scala.jdk.CollectionConverters._

/** A standalone Spark cluster on this machine: a master and workers of two cores, each in a JVM of
  * its own, on ports that were free. Each has a loopback address of its own, since Spark runs no
  * second attempt at a task on the host of the first. Stopped, with all that it started, when it is
  * closed.
  *
  * @param home
  *   a Spark distribution
  * @param folder
  *   for logs, work and temporary files of all processes; natives are unpacked there, too
  */
final class StandaloneCluster private (home: Path, folder: Path) extends AutoCloseable {
  import StandaloneCluster._

  private val temporary = Files.createDirectories(folder.resolve("tmp"))

  /** Variables of every process: those of executors and drivers are their worker's. */
  private val environment = Map(
    "JAVA_TOOL_OPTIONS" -> s"-Djava.io.tmpdir=$temporary",
    "SPARK_LOCAL_DIRS" -> temporary.toString,
    "SPARK_DAEMON_MEMORY" -> "256m"
  )

  /** Also if the tests are told to end. */
  private val hook = sys.addShutdownHook(stop())

  private val daemons = scala.collection.mutable.Buffer.empty[Daemon]

  private lazy val url =
    start("Master", "--webui-port", "0").waitFor("""Starting Spark master at (spark://\S+)""".r)

  /** Hands jobs over. */
  val submit: SparkSubmit = new SparkSubmit(home, environment + ("SPARK_LOCAL_IP" -> "127.0.0.1"))

  /** The options of spark-submit that name the cluster. */
  def options: Seq[String] = Seq("--master", url)

  /** Starts a worker; waits until the master knows it. */
  def addWorker(): Daemon = {
    val work = Files.createDirectories(folder.resolve(s"work${daemons.size}"))
    val resources = Seq("--cores", "2", "--memory", "3g", "--webui-port", "0")
    val worker = start("Worker", resources ++ Seq("--work-dir", work.toString, url): _*)
    worker.waitFor("(Successfully registered) with master".r)
    worker
  }

  /** The executors that run now, oldest first. */
  def executors: Seq[Executor] =
    for {
      worker <- daemons.toSeq
      process <- worker.descendants
      words = commandLine(process.pid)
      if words.contains("org.apache.spark.executor.CoarseGrainedExecutorBackend")
    } yield Executor(process, worker)

  /** What drivers of cluster mode printed on stderr, the oldest first. */
  def driverLogs: Seq[String] = logs(_.startsWith("driver-"))

  /** What executors printed on stderr. */
  def executorLogs: Seq[String] = logs(_.matches("\\d+"))

  private def logs(isIn: String => Boolean): Seq[String] = {
    val files = Files.walk(folder)
    try
      files.iterator.asScala
        .filter(file => file.getFileName.toString == "stderr")
        .filter(file => isIn(file.getParent.getFileName.toString))
        .toSeq
        .sortBy(_.getParent.getFileName.toString)
        .map(Files.readString)
    finally files.close()
  }

  private def start(kind: String, arguments: String*): Daemon = {
    val log = folder.resolve(s"$kind${daemons.size}.log")
    val name = s"org.apache.spark.deploy.${kind.toLowerCase}.$kind"
    val address = s"127.0.0.${daemons.size + 1}"
    val network = Seq("--host", address, "--port", "0")
    val words = Seq(home.resolve("bin/spark-class").toString, name) ++ network ++ arguments
    val builder = new ProcessBuilder(words.asJava)
    builder.environment.remove("TF_CPP_MIN_LOG_LEVEL")
    builder.environment.putAll(environment.asJava)
    builder.environment.put("SPARK_LOCAL_IP", address)
    val process = builder.redirectErrorStream(true).redirectOutput(log.toFile).start()
    val daemon = new Daemon(process, log)
    daemons += daemon
    daemon
  }

  override def close(): Unit = {
    hook.remove()
    stop()
  }

  private def stop(): Unit = {
    submit.stop()
    val all = daemons.toSeq.flatMap(daemon => daemon.descendants :+ daemon.process.toHandle)
    all.reverse.foreach(_.destroyForcibly())
    all.foreach(_.onExit.get(Timeout, TimeUnit.SECONDS))
  }
}

object StandaloneCluster {
  private val Timeout = 60L

  /** Starts a cluster. */
  def start(home: Path, folder: Path, workers: Int): StandaloneCluster = {
    val cluster = new StandaloneCluster(home, folder)
    try {
      (0 until workers).foreach(_ => cluster.addWorker())
      cluster
    } catch {
      case failure: Throwable =>
        cluster.close()
        throw failure
    }
  }

  /** A master or a worker. */
  final class Daemon(val process: Process, log: Path) {

    /** Processes that it started and that still run, or did when it was killed. */
    def descendants: Seq[ProcessHandle] = {
      started ++= process.descendants.iterator.asScala.filterNot(started.contains)
      started.toSeq.filter(_.isAlive)
    }

    private val started = scala.collection.mutable.Buffer.empty[ProcessHandle]

    /** Ends it, not its executors, without a word. */
    def kill(): Unit = {
      descendants
      process.destroyForcibly().waitFor()
    }

    /** Waits for a line in the log; gives what its group holds. */
    def waitFor(line: scala.util.matching.Regex): String = {
      val end = System.nanoTime + TimeUnit.SECONDS.toNanos(Timeout)
      var found = Option.empty[String]
      while (found.isEmpty) {
        found = line.findFirstMatchIn(Files.readString(log)).map(_.group(1))
        if (found.isEmpty && (System.nanoTime > end || !process.isAlive))
          sys.error(s"no line like $line in:\n${Files.readString(log)}")
        if (found.isEmpty) Thread.sleep(50)
      }
      found.get
    }
  }

  /** An executor's JVM. */
  final case class Executor(process: ProcessHandle, worker: Daemon) {
    def pid: Long = process.pid
    def kill(): Unit = process.destroyForcibly()
  }

  private def commandLine(pid: Long): Seq[String] = {
    val file = Path.of(s"/proc/$pid/cmdline")
    try Files.readString(file).split('\u0000').toSeq
    catch { case _: java.io.IOException => Seq() }
  }
}
