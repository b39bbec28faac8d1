package layertap.graph.differentiate

import java.nio.file.{Files, Path}
import layertap.graph.differentiate.path.GradientOps
import layertap.tensorflow.TensorFlowRuntime
import layertap.testing.Setting
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.TensorFlow
import org.tensorflow.internal.c_api.global.tensorflow
import scala.io.Source
import scala.jdk.CollectionConverters._

/** The list of ops with gradients and the page of it. With `-Dgradients.write=true`, as
  * `scripts/op-gradients` runs it, it writes the page anew, and new ops into the list.
  */
class GradientOpsTest extends AnyFunSuite {
  TensorFlowRuntime.start(1)

  private val resource =
    Path.of("job/core/src/main/resources/layertap/graph/differentiate/path/op-gradients.txt")
  private val page = Path.of("docs/op-gradients.md")

  private def lines: Seq[String] = Source.fromFile(resource.toFile).getLines().toSeq
  private def rows: Seq[Seq[String]] =
    lines.filterNot(_.startsWith("#")).map(_.split(" ").toSeq)

  private val native: Set[String] =
    TensorFlow.registeredOpList.getOpList.asScala
      .map(_.getName)
      .filter(tensorflow.TFJ_HasGradient(_))
      .toSet

  private def named(kind: String): Seq[String] = rows.filter(_(1) == kind).map(_.head)

  private val replaced = Seq(
    "AccumulateNV2",
    "Concat",
    "Conv3D",
    "Conv3DBackpropInputV2",
    "Cross",
    "EnsureShape",
    "Erfc",
    "EuclideanNorm",
    "ExtractImagePatches",
    "FakeQuantWithMinMaxArgs",
    "FakeQuantWithMinMaxVars",
    "FakeQuantWithMinMaxVarsPerChannel",
    "FloorMod",
    "FusedBatchNorm",
    "FusedBatchNormV2",
    "IdentityN",
    "If",
    "MatrixDiagPart",
    "MatrixDiagPartV2",
    "MatrixDiagPartV3",
    "MatrixDiagV2",
    "MatrixDiagV3",
    "MatrixSetDiag",
    "MatrixSetDiagV2",
    "MatrixSetDiagV3",
    "MaxPoolWithArgmax",
    "MulNoNan",
    "Snapshot",
    "SparseMatMul",
    "SparseTensorDenseMatMul",
    "StatelessIf",
    "StatelessWhile",
    "TensorArrayGatherV3",
    "TensorArrayReadV3",
    "TensorListGather",
    "TensorListGetItem",
    "TensorListStack",
    "TensorScatterAdd",
    "TensorScatterSub",
    "TensorScatterUpdate",
    "TopKV2",
    "While",
    "Xdivy",
    "Xlog1py",
    "Xlogy"
  )

  private val parts = "LogSoftmax"

  private def pageText: String = {
    def list(names: Seq[String]) = names.map(name => s"`$name`").mkString(", ")
    s"""# Ops with a gradient
       |
       |Written by `scripts/op-gradients` from what TensorFlow's natives register; a test compares.
       |
       |Between `wrt` and `of` may stand:
       |
       |- ops that TensorFlow differentiates: ${list(named("gradient").filterNot(_ == parts))}.
       |- ops that layertap replaces by such: ${list(replaced)}; loops need a fixed number of steps,
       |  `If` a condition that follows from constants and sizes, `Conv3D` and `Conv3DBackpropInputV2` sizes that are known,
       |  and a diagonal is the main one of matrices that are known to be square.
       |- `$parts`, which layertap differentiates by its parts (`Max`, `Exp`, `Sum`, `Log`): the
       |  gradient that TensorFlow has for it in C++ sums along axis 1, which is wrong beyond matrices.
       |- `Conv2D` in groups of channels or with dilations, which has no gradient on CPUs, or with explicit
       |  padding, which fails in C++: layertap differentiates a convolution for each group, of what is
       |  padded and in blocks. Dilations take strides of one.
       |- `LRN`, `MaxPool` with explicit padding, `GatherV2` along an axis that counts from the end and
       |  `QuantizeAndDequantizeV4`, whose gradients in C++ leave attributes out or fail: layertap
       |  completes or replaces them.
       |
       |A gradient is zero behind ${list(named("zero"))}, and behind whatever gives integers, truth
       |values or strings. All other ops are refused by name where a gradient would go through them,
       |and so are `Angle`, `Complex`, `Imag`, `Real` and `SoftmaxCrossEntropyWithLogits` of double precision, whose gradients
       |in C++ are of single precision whatever they take.
       |""".stripMargin
  }

  if (Setting.of("gradients.write").isDefined) {
    val known = rows.map(_.head).toSet
    val kept = lines.filter(line =>
      line.startsWith("#") || line.endsWith(" python") || native(line.takeWhile(_ != ' '))
    )
    val added = (native -- known).toSeq.map(op => s"$op gradient native")
    val (head, ops) = (kept ++ added).partition(_.startsWith("#"))
    Files.writeString(resource, (head ++ ops.sorted).mkString("", "\n", "\n"))
    Files.writeString(page, pageText)
  }

  test("the list is what the natives of the build register, and what Python takes for zero") {
    assert(native.size > 150)
    assert(rows.filter(_(2) == "native").map(_.head).toSet === native)
    assert(rows.filter(_(2) == "python").map(_.head).toSet.intersect(native) === Set())
    assert(rows.filter(_(2) == "python").map(_(1)).toSet === Set("zero"))
  }

  test("the list is sorted and names each op once") {
    val names = rows.map(_.head)
    assert(names === names.distinct.sorted)
  }

  test("kinds of ops") {
    assert(GradientOps.kindOf("Conv2D") === GradientOps.Kind.GRADIENT)
    assert(GradientOps.kindOf("StopGradient") === GradientOps.Kind.ZERO)
    assert(GradientOps.kindOf("Round") === GradientOps.Kind.ZERO)
    assert(GradientOps.kindOf("IdentityN") === GradientOps.Kind.NONE)
    assert(GradientOps.kindOf("Somebody>sOp") === GradientOps.Kind.NONE)
  }

  test("what is replaced has no gradient of its own") {
    replaced.foreach(op => assert(GradientOps.kindOf(op) === GradientOps.Kind.NONE, op))
  }

  test("of what is differentiated by its parts TensorFlow has a gradient, which is not taken") {
    assert(GradientOps.kindOf(parts) === GradientOps.Kind.GRADIENT)
  }

  test("the page in docs says the same") {
    assert(Files.readString(page) === pageText)
  }
}
