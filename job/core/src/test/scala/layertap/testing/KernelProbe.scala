package layertap.testing

import java.util.Arrays
import layertap.extract.FeatureExtractor
import layertap.graph.precision.MatrixProducts
import layertap.tensorflow.TensorFlowRuntime
import scala.jdk.CollectionConverters._

/** What the kernels of this machine were found to do with a model.
  *
  * @param isExact
  *   whether a row has the same bits in whatever batch
  * @param products
  *   how many layers of the model multiply matrices, or fold
  */
final case class KernelProbe(isExact: Boolean, products: Int) {

  /** With which features that were computed in different batches are to be compared. */
  def tolerance: Double = if (isExact) 0 else SameValues.toleranceAfter(products)

  /** Which case it is, for the output of a test. */
  def words: String = {
    val how =
      if (isExact) "bit for bit, as the kernels here give a row the same bits in whatever batch"
      else s"within $tolerance, as the kernels here round otherwise in another batch"
    s"compared $how (${TensorFlowRuntime.settings.described})"
  }
}

/** Asks the kernels themselves whether they give a row the same bits in whatever batch: it depends
  * on the processor, on TensorFlow's settings and on the sizes of a model's matrices.
  */
object KernelProbe {

  /** Fewer rows than kernels take at a time, and one or two more. */
  private val batchSizes = Seq(1, 2, 7, 8)

  /** How many rows are asked for: in a single one all roundings may happen to agree. */
  private val asked = 3

  /** Runs rows at every position of batches of several sizes, beside different neighbours.
    *
    * @param extractor
    *   in whose batches eight rows have room
    * @param shapes
    *   for each shape that rows have, two rows or more
    */
  def ask(extractor: FeatureExtractor, shapes: Seq[AnyRef]*): KernelProbe = {
    require(extractor.plan.batchSize >= batchSizes.max && shapes.forall(_.size > 1))
    val isSame = shapes.forall { rows =>
      rows.indices.take(asked).forall(i => isExact(extractor, rows(i), rows.patch(i, Nil, 1)))
    }
    KernelProbe(isSame, MatrixProducts.count(extractor.plan.model.graph).toInt)
  }

  private def isExact(
      extractor: FeatureExtractor,
      row: AnyRef,
      neighbours: Seq[AnyRef]
  ): Boolean = {
    val bits = for {
      size <- batchSizes.iterator
      position <- (0 until size).iterator
    } yield {
      val batch = (0 until size).map { i =>
        if (i == position) row else neighbours((i + position) % neighbours.size)
      }
      features(extractor, batch, position)
    }
    val first = bits.next()
    bits.forall(_.zip(first).forall { case (a, b) => Arrays.equals(a, b) })
  }

  private def features(
      extractor: FeatureExtractor,
      batch: Seq[AnyRef],
      position: Int
  ): Seq[Array[Double]] = {
    val row = extractor.extract(batch.map(Array(_)).asJava).rows.get(position)
    require(row.isValid, row.error)
    row.features.asScala.toSeq.map(Extraction.doubles)
  }
}
