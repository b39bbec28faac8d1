package layertap.testing

import java.util.concurrent.atomic.AtomicBoolean
import org.apache.hadoop.fs.Path
import org.apache.parquet.hadoop.ParquetFileReader
import org.apache.parquet.hadoop.util.HadoopInputFile
import scala.util.Try

/** Reads an output over and over: the numbers of rows in its files, each time they changed. What is
  * not there, or goes while it is read, is no answer: readers are told so and try again.
  */
final class OutputReader(storage: Storage) {
  private val isStopped = new AtomicBoolean
  @volatile private var seen = Vector.empty[Seq[Long]]
  private val thread = new Thread(() => while (!isStopped.get) look())
  thread.start()

  private def look(): Unit = {
    Try(storage.files.map(rowsIn)).foreach { sizes =>
      if (!seen.lastOption.contains(sizes)) seen = seen :+ sizes
    }
    Thread.sleep(2)
  }

  /** Rows in each file; none if there is no output. */
  def now(): Seq[Long] =
    if (storage.exists(storage.output)) storage.files.map(rowsIn) else Seq()

  private def rowsIn(file: Path): Long = {
    val reader = ParquetFileReader.open(HadoopInputFile.fromPath(file, storage.configuration))
    try reader.getRecordCount
    finally reader.close()
  }

  /** All that was seen, and what is there at the end. */
  def stop(): Seq[Seq[Long]] = {
    isStopped.set(true)
    thread.join()
    val last = now()
    (if (seen.lastOption.contains(last)) seen else seen :+ last).filter(_.nonEmpty)
  }
}
