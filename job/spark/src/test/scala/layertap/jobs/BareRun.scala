package layertap.jobs

import layertap.extract.check.LocalTrial
import layertap.hadoop.HadoopFiles
import layertap.plan.PlanBuilder
import com.sun.management.OperatingSystemMXBean
import java.lang.management.ManagementFactory
import java.nio.file.{Files, Path}
import java.util.concurrent.atomic.AtomicInteger
import layertap.config.JobConfigLoader
import layertap.input.value.NamedFiles
import layertap.input.value.ValueConverter
import layertap.model.saved.LocalModelFiles
import layertap.tensorflow.BareSession
import layertap.tensor.HostTensor
import layertap.tensorflow.TensorFlowSessions
import scala.jdk.CollectionConverters._
import scala.util.Using

/** The parts of a job of images without Spark, for the benchmark: prints seconds as JSON.
  *
  * {{{
  * decode  CONF FOLDER ROWS CALLERS         reads, decodes, resizes and preprocesses the files
  * session CONF FOLDER ROWS CALLERS BATCH   runs the truncated session on tensors made before
  * }}}
  */
object BareRun {

  /** As many different images as fit into a small heap. */
  private val decodedAhead = 256

  private val warmUp = 32

  def main(arguments: Array[String]): Unit = {
    val Array(mode, configuration, folder, rowsText, callersText) = arguments.take(5)
    val (rows, callers) = (rowsText.toInt, callersText.toInt)
    val text = Files.readString(Path.of(configuration))
    val config = JobConfigLoader.load(text, configuration, java.util.List.of())
    val files = new LocalModelFiles(Path.of(config.model.path))
    val plan =
      new PlanBuilder(config, files, HadoopFiles.read(_)).build(new LocalTrial(files, 1)).plan
    val feed = plan.feeds.get(0)
    val paths = images(Path.of(folder))
    Using.resource(feed.open(NamedFiles.NONE, new TensorFlowSessions)) { converter =>
      if (mode == "decode") {
        decode(converter, paths, warmUp, callers)
        measure(rows)(decode(converter, paths, rows, callers))
      } else {
        val batch = arguments(5).toInt
        val decoded =
          paths.take(decodedAhead).map(path => converter.convert(Files.readAllBytes(path)))
        val batches = decoded.grouped(batch).map(group => HostTensor.stack(group.asJava)).toSeq
        val session = new BareSession(plan.model, files, plan.features.asScala.map(_.fetch).toSeq)
        session.run(batches, 2 * callers, callers)
        measure(rows)(session.run(batches, rows / batch, callers))
      }
    }
  }

  private def images(folder: Path): IndexedSeq[Path] =
    Using.resource(Files.list(folder))(_.iterator.asScala.toIndexedSeq.sorted)

  private def decode(
      converter: ValueConverter,
      paths: IndexedSeq[Path],
      rows: Int,
      callers: Int
  ): Unit = {
    val next = new AtomicInteger
    val threads = (1 to callers).map { _ =>
      new Thread(() =>
        Iterator.continually(next.getAndIncrement()).takeWhile(_ < rows).foreach { i =>
          converter.convert(Files.readAllBytes(paths(i % paths.size)))
        }
      )
    }
    threads.foreach(_.start())
    threads.foreach(_.join())
  }

  private def measure(rows: Int)(work: => Unit): Unit = {
    val system = ManagementFactory.getPlatformMXBean(classOf[OperatingSystemMXBean])
    val (start, cpuStart) = (System.nanoTime, system.getProcessCpuTime)
    work
    val (seconds, cpu) = (System.nanoTime - start, system.getProcessCpuTime - cpuStart)
    println(s"""{"rows": $rows, "seconds": ${seconds / 1e9}, "cpu_seconds": ${cpu / 1e9}}""")
  }
}
