package layertap.fuzz

import layertap.graph.TensorShape
import layertap.model.saved.Signature
import layertap.tensor.HostTensor
import org.tensorflow.proto.DataType
import scala.jdk.CollectionConverters._

/** Two rows for the inputs of a model, or as many as its batches have. */
object SyntheticInputs {
  private val words = IndexedSeq("cat", "the dog", "cow", "")

  def of(signature: Signature): Map[String, HostTensor] =
    signature.inputs.asScala.map { case (name, input) =>
      val sizes = input.shape.sizes.asScala.toSeq.zipWithIndex.map { case (size, axis) =>
        if (size.longValue != TensorShape.UNKNOWN) size.longValue else if (axis == 0) 2L else 3L
      }
      name -> HostTensor.of(input.dtype, sizes.toArray, values(input.dtype, sizes.product.toInt))
    }.toMap

  private def values(dtype: DataType, count: Int): AnyRef = dtype match {
    case DataType.DT_FLOAT  => Array.tabulate(count)(i => i * 0.37f - 1)
    case DataType.DT_DOUBLE => Array.tabulate(count)(i => i * 0.37 - 1)
    case DataType.DT_INT32  => Array.tabulate(count)(i => i * 3)
    case DataType.DT_INT64  => Array.tabulate(count)(i => i * 35L)
    case DataType.DT_BOOL   => Array.tabulate(count)(i => i % 3 == 0)
    case DataType.DT_STRING => Array.tabulate(count)(i => words(i % words.size).getBytes("UTF-8"))
    case other              => throw new IllegalArgumentException(s"no synthetic values of $other")
  }
}
