package layertap.tensorflow

import layertap.model.checkpoint.BundleEntry
import layertap.testing.MemoryFiles
import layertap.testing.Plans
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

/** What is read of a model's variables when its session opens: those that are kept, once. */
class BytesReadTest extends AnyFunSuite {
  private val smallGap = 64 * 1024

  Seq(
    "mobilenet_v2_keras3" -> Seq("Conv1", "block_1_expand", "block_6_project", "block_16_project"),
    "cnn_sequential_keras2" -> Seq("conv1", "conv2", "dense1"),
    "digits_keras2" -> Seq("conv1", "conv2"),
    "branches_keras3" -> Seq("encoder", "project@1"),
    "lstm_keras2" -> Seq("lstm:0")
  ).foreach { case (model, layers) =>
    layers.foreach { layer =>
      test(s"$model to $layer") {
        val plan = Plans.of(model, Seq(layer)).model
        val files = MemoryFiles.copyOf(model)
        Using.resource(GraphSession.open(plan, files))(_ => ())
        val kept = plan.variables.asScala.map(_.entry).distinct.toSeq
        val read = files.reads.collect {
          case (path, _, length) if path.contains(".data-") => length
        }
        assert(files.reads.size === read.size, s"other files are read: ${files.reads}")
        assert(read.map(_.toLong).sum === plan.variableReads.byteCount)
        assert(read.size === plan.variableReads.requestCount)
        val bytes = kept.map(_.length.toLong).sum
        assert(bytes > 0 && read.map(_.toLong).sum <= 1.02 * bytes + smallGaps(kept))
      }
    }
  }

  /** What lies between neighbours that are read with one request, in bytes. */
  private def smallGaps(kept: Seq[BundleEntry]): Long =
    kept
      .groupBy(_.file)
      .values
      .map { entries =>
        val sorted = entries.sortBy(_.offset)
        sorted
          .zip(sorted.drop(1))
          .map { case (one, next) =>
            next.offset - one.offset - one.length
          }
          .filter(gap => gap > 0 && gap <= smallGap)
          .sum
      }
      .sum
}
