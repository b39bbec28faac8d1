package layertap.testing

import java.io.IOException
import java.util.concurrent.atomic.AtomicBoolean
import scala.util.{Failure, Success, Try}

/** Reads an output over and over: the numbers of rows in its files, each time they changed. What is
  * not there, or goes while it is read, is no answer: readers are told so and try again. A file
  * that is there and makes no sense is a failure.
  */
final class OutputReader(storage: Storage) {
  private val isStopped = new AtomicBoolean
  @volatile private var seen = Vector.empty[Seq[Long]]
  @volatile private var failure: Option[Throwable] = None
  private val thread = new Thread(() => while (!isStopped.get) look())
  thread.start()

  private def look(): Unit = {
    Try(storage.files.map(storage.rowsIn)) match {
      case Success(sizes)          => if (!seen.lastOption.contains(sizes)) seen = seen :+ sizes
      case Failure(_: IOException) =>
      case Failure(other)          => failure = failure.orElse(Some(other))
    }
    Thread.sleep(2)
  }

  /** Rows in each file; none if there is no output. */
  def now(): Seq[Long] =
    if (storage.exists(storage.output)) storage.files.map(storage.rowsIn) else Seq()

  /** All that was seen, and what is there at the end. */
  def stop(): Seq[Seq[Long]] = {
    isStopped.set(true)
    thread.join()
    failure.foreach(throw _)
    val last = now()
    (if (seen.lastOption.contains(last)) seen else seen :+ last).filter(_.nonEmpty)
  }
}
