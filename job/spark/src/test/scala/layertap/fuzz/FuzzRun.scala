package layertap.fuzz

import java.nio.file.Path
import java.time.Duration
import java.util.concurrent.TimeUnit
import scala.io.Source
import scala.jdk.CollectionConverters._

/** What became of one mutant.
  *
  * @param kind
  *   same, other, undecided, refused; crashed, hung, which the trial must stop; or what must not
  *   be: wrong, unclear
  */
final case class Fate(seed: Int, model: String, what: String, kind: String, detail: String) {
  def isFatal: Boolean = kind == "crashed" || kind == "hung"
}

/** Runs mutants in JVMs of their own: one that a mutant ends, or that takes longer than 20 seconds
  * for it, is followed by another one that goes on with the next mutant. The seconds are those of a
  * processor, lest a busy machine make mutants hang; one that waits for ever is told by a clock.
  */
final class FuzzRun {
  private val limit = Duration.ofSeconds(20)
  private val longestWait = limit.multipliedBy(10)

  /** The fates of the mutants with the seeds `first`, `first + step`, … below `until`. */
  def lane(first: Int, until: Int, step: Int): Seq[Fate] = {
    val fates = Seq.newBuilder[Fate]
    var next = first
    while (next < until) {
      val process = start(Seq(next, until, step).map(_.toString))
      val lane = follow(process, fates)
      next = lane.fold(until)(_ + step)
    }
    fates.result()
  }

  private def start(arguments: Seq[String]): Process = {
    val java = Path.of(System.getProperty("java.home"), "bin", "java").toString
    val options = Seq("-Xmx512m", s"-Djava.io.tmpdir=${System.getProperty("java.io.tmpdir")}")
    val classPath = Seq("-cp", System.getProperty("java.class.path"))
    val command = Seq(java) ++ options ++ classPath ++ Seq("layertap.fuzz.FuzzProcess") ++ arguments
    new ProcessBuilder(command.asJava).redirectError(ProcessBuilder.Redirect.DISCARD).start()
  }

  /** Collects fates until the process ends; gives the seed of the mutant that ended it. */
  private def follow(process: Process, fates: scala.collection.mutable.Builder[Fate, _]) = {
    @volatile var running = Option.empty[Fate]
    @volatile var started = Option.empty[(Long, Duration)]
    def used = process.toHandle.info.totalCpuDuration.orElse(Duration.ZERO)
    def isOver = started.exists { case (time, processor) =>
      used.minus(processor).compareTo(limit) > 0 || System.nanoTime - time > longestWait.toNanos
    }
    val watch = new Thread(() =>
      while (!process.waitFor(200, TimeUnit.MILLISECONDS))
        if (isOver) {
          running = running.map { fate =>
            if (fate.kind == "crashed") fate.copy(kind = "hung") else fate
          }
          process.destroyForcibly()
        }
    )
    watch.start()
    Source.fromInputStream(process.getInputStream, "UTF-8").getLines().foreach {
      _.split("\t", -1) match {
        case Array("fuzz", "start", seed, model, what) =>
          running = Some(Fate(seed.toInt, model, what, "crashed", ""))
          started = Some((System.nanoTime, used))
        case Array("fuzz", "judge", _) =>
          // What now runs is TensorFlow's own loader.
          running = running.map(_.copy(kind = "undecided"))
        case Array("fuzz", "end", _, kind, detail) =>
          running.foreach(fate => fates += fate.copy(kind = kind, detail = detail))
          running = None
          started = None
        case _ => ()
      }
    }
    watch.join()
    running.foreach(fates += _)
    running.map(_.seed)
  }
}
