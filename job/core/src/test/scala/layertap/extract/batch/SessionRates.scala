package layertap.extract.batch

import java.nio.file.{Files, Path}
import java.nio.{ByteBuffer, ByteOrder}
import layertap.input.value.NumberList
import layertap.tensor.HostTensor
import layertap.tensorflow.BareSession
import scala.jdk.CollectionConverters._

/** How fast rows of numbers go through models, for benchmarks, which ask over the standard input:
  * so they can take turns with other programs that are as warm.
  *
  * {{{
  * CALLERS SECONDS ROWS CONF FEATURES [CONF FEATURES…]
  * }}}
  *
  * ROWS has the float32 numbers of rows, little-endian, one row after the other. Of each CONF,
  * which has one input, the features of these rows are written to FEATURES in the same way, column
  * after column; not if that is `-`, as it has to be for images, of which `bare` alone can be
  * asked. A line that is asked is the number of a CONF from 0, `extractor` or `bare` (TensorFlow's
  * session of the same graph, tensors in its own memory), and the rows in a batch. The answer is a
  * line: rows/s.
  */
object SessionRates {

  def main(arguments: Array[String]): Unit = {
    val Array(callersText, secondsText, rowsFile) = arguments.take(3)
    val (callers, nanos) = (callersText.toInt, (secondsText.toDouble * 1e9).toLong)
    val numbers = read(Path.of(rowsFile))
    val models = arguments.drop(3).grouped(2).map { case Array(configuration, features) =>
      val written = Option.when(features != "-")(Path.of(features))
      new Model(PlannedFile.load(configuration), numbers, callers, nanos, written)
    }
    val opened = models.toIndexedSeq
    println("ready")
    Iterator.continually(scala.io.StdIn.readLine()).takeWhile(_ != null).foreach { line =>
      val Array(model, way, batch) = line.split(' ')
      println(opened(model.toInt).rate(way, batch.toInt))
    }
  }

  private def read(file: Path): Array[Float] = {
    val buffer = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN)
    val numbers = new Array[Float](buffer.remaining / java.lang.Float.BYTES)
    buffer.asFloatBuffer.get(numbers)
    numbers
  }

  private final class Model(
      planned: PlannedFile,
      numbers: Array[Float],
      callers: Int,
      nanos: Long,
      features: Option[Path]
  ) {
    private val plan = planned.plan
    private val shape = plan.feeds.get(0).rowShape
    private val rows = numbers.grouped(shape.elementCount.toInt).toIndexedSeq
    private val fed = rows.map(row => Array[AnyRef](new NumberList(row)))
    private lazy val extractor = planned.open(BatchSizes.always(plan.batchSize))
    private val runs = new ExtractorRuns(fed, callers, nanos)
    private lazy val bare =
      new BareSession(plan.model, planned.files, plan.features.asScala.map(_.fetch).toSeq)
    features.foreach(write)

    def rate(way: String, batch: Int): Double = way match {
      case "extractor" => runs.rate(extractor, () => batch)
      case "bare"      =>
        bare.using(stacked(batch)) { run =>
          val start = System.nanoTime
          ExtractorRuns.rate(callers, () => System.nanoTime - start < nanos) { () =>
            run()
            batch
          }
        }
    }

    private def stacked(batch: Int): HostTensor =
      HostTensor.stack(
        (0 until batch)
          .map(i =>
            HostTensor.of(shape.sizes.asScala.map(_.longValue).toArray, rows(i % rows.size))
          )
          .asJava
      )

    private def write(file: Path): Unit = {
      val found = extractor.extract(fed.asJava).rows.asScala
      val values = plan.features.asScala.indices.flatMap { column =>
        found.map { row =>
          require(row.isValid, row.error)
          row.features.get(column).values.asInstanceOf[Array[Float]]
        }
      }
      val bytes = ByteBuffer
        .allocate(values.map(_.length).sum * java.lang.Float.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
      val floats = bytes.asFloatBuffer
      values.foreach(floats.put(_))
      Files.write(file, bytes.array)
    }
  }
}
