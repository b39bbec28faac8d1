package layertap.extract

import layertap.input.feed.PlannedFeed
import java.util.{List => JavaList}
import layertap.graph.NodeDefs
import layertap.graph.TensorId
import layertap.failure.UserException
import layertap.model.cut.RunnableGraph
import layertap.testing.SameValues.assertSameRows
import layertap.testing.KernelProbe
import layertap.testing.Plans
import layertap.testing.StoredAnswers
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType
import scala.jdk.CollectionConverters._
import scala.util.{Random, Using}

class FeatureExtractorTest extends AnyFunSuite {
  private val random = new Random(7)

  /** Rows of nested lists of random numbers. */
  private def randomRows(count: Int, sizes: Int*): Seq[Any] = Seq.fill(count)(randomValue(sizes))

  private def randomValue(sizes: Seq[Int]): Any =
    if (sizes.isEmpty) random.nextFloat() else Seq.fill(sizes.head)(randomValue(sizes.tail)).asJava

  private def ids(values: Int*): JavaList[Int] = values.asJava

  /** A model without variables, fed by the column `x`. */
  private def open(model: RunnableGraph): FeatureExtractor = {
    val feed = PlannedFeed.of(model.feeds.get(0), JavaList.of("x"), Plans.anyTensor)
    Plans.open(Plans.plan(model, Seq(feed)), "digits_keras3")
  }

  private def extract(extractor: FeatureExtractor, rows: Seq[Any]): Seq[RowFeatures] = {
    val values = rows.map(row => Array[AnyRef](row.asInstanceOf[AnyRef]))
    extractor.extract(values.asJava).rows.asScala.toSeq
  }

  private def floats(row: RowFeatures): Seq[Seq[Float]] = {
    assert(row.error === "")
    row.features.asScala.toSeq.map(_.values.asInstanceOf[Array[Float]].toSeq)
  }

  /** Bit for bit where the kernels promise it. */
  private def assertSameInAnyBatch(extractor: FeatureExtractor, rows: Seq[Any]): Unit = {
    val tolerance = asked(extractor, rows)
    val together = extract(extractor, rows).map(floats)
    Seq(1, 2, 3, 5).foreach { size =>
      val inBatches = rows.grouped(size).flatMap(extract(extractor, _)).map(floats).toSeq
      assertSameRows(inBatches, together, s"batches of $size", tolerance)
    }
    val reversed = extract(extractor, rows.reverse).map(floats)
    assertSameRows(reversed, together.reverse, "reversed", tolerance)
  }

  /** The tolerance that this machine's kernels ask for; the output says which it is. */
  private def asked(extractor: FeatureExtractor, rows: Seq[Any]): Double = {
    val kernels = KernelProbe.ask(extractor, rows.map(_.asInstanceOf[AnyRef]))
    info(kernels.words)
    kernels.tolerance
  }

  Seq(
    "cnn_sequential_keras2" -> Seq(28, 28, 1),
    "digits_keras3" -> Seq(8, 8, 1),
    "lstm_keras2" -> Seq(10, 100),
    "lstm_keras3" -> Seq(10, 100),
    "mobilenet_v2_keras3" -> Seq(96, 96, 3)
  ).foreach { case (model, sizes) =>
    test(s"$model: a row has the same features in whatever batch") {
      val answers = StoredAnswers.of(TestData.model(model)).answers.filter(_.hasOps)
      val layers = answers.map(_.name).distinct.takeRight(12)
      Using.resource(Plans.open(Plans.of(model, layers), model))(
        assertSameInAnyBatch(_, randomRows(6, sizes: _*))
      )
    }
  }

  test("a row alone has the features that it has beside others, though its product is a vector's") {
    val size = 512
    val nodes = new NodeDefs("")
    val x = floatInput(nodes, -1, size)
    val weights = nodes.vector("weights", Array.fill(size * 16)(random.nextFloat()): _*)
    val matrix = reshape(nodes, "matrix", weights, size, 16)
    val product = nodes.node("MatMul", "product", x, matrix).attribute("T", DataType.DT_FLOAT)
    Using.resource(open(floatModel(nodes, x, product.add(), Seq(-1, size), Seq(-1, 16))))(
      assertSameInAnyBatch(_, randomRows(7, size))
    )
  }

  test("of rows that make the batch fail only these are invalid") {
    val rows = Seq(ids(1, 2), ids(3, 4), ids(5, 99), ids(6, 7), ids(0, -1), ids(8, 9), ids(0, 0))
    Using.resource(open(Plans.lookup)) { extractor =>
      val results = extract(extractor, rows)
      assert(results.map(_.isValid) === Seq(true, true, false, true, false, true, true))
      assert(results(2).error.startsWith("the model refuses the values: "), results(2).error)
      assert(results(2).error.contains("99 is not in [0, 10)"), results(2).error)
      assert(results(4).error.contains("-1 is not in [0, 10)"), results(4).error)
      assert(results(2).features.isEmpty)
      assert(floats(results(1)) === Seq(Seq(4.5f, 6f)))
    }
  }

  test("the neighbours of a refused row have the features that they have without it") {
    // {{{x (?, 64) ─▶ MatMul ─┬─▶ Add;  CheckNumerics refuses rows that are not finite}}}
    val nodes = new NodeDefs("")
    val x = floatInput(nodes, -1, 64)
    val finite = nodes
      .node("CheckNumerics", "finite", x)
      .attribute("T", DataType.DT_FLOAT)
      .attribute("message", "not finite")
      .add()
    val weights = nodes.vector("weights", Array.fill(64 * 8)(random.nextFloat()): _*)
    val matrix = reshape(nodes, "matrix", weights, 64, 8)
    val product = nodes.node("MatMul", "product", finite, matrix).attribute("T", DataType.DT_FLOAT)
    val model = floatModel(nodes, x, product.add(), Seq(-1, 64), Seq(-1, 8))
    Using.resource(open(model)) { extractor =>
      val good = randomRows(7, 64)
      val bad = Seq.fill(64)(Float.NaN).asJava
      val tolerance = asked(extractor, good)
      val expected = extract(extractor, good).map(floats)
      (0 to good.size).foreach { position =>
        val results = extract(extractor, good.patch(position, Seq(bad), 0))
        assert(results(position).error.contains("not finite"))
        val neighbours = results.patch(position, Nil, 1).map(floats)
        assertSameRows(neighbours, expected, s"bad row at $position", tolerance)
      }
    }
  }

  test("a value that cannot be fed makes its row invalid and names the column") {
    Using.resource(open(Plans.lookup)) { extractor =>
      val results = extract(extractor, Seq(ids(1, 2), null, ids(1, 2, 3), ids(2, 1)))
      assert(
        results.map(_.error) === Seq(
          "",
          "x: the value is null",
          "x: a value of shape (3) does not fit (2)",
          ""
        )
      )
      assert(floats(results(3)) === Seq(Seq(3f, 1.5f)))
    }
  }

  test("rows of different shapes go through one model and come back in their order") {
    val nodes = new NodeDefs("")
    val x = floatInput(nodes, -1, -1)
    val squares = nodes.node("Square", "squares", x).attribute("T", DataType.DT_FLOAT).add()
    Using.resource(open(floatModel(nodes, x, squares, Seq(-1, -1), Seq(-1, -1)))) { extractor =>
      val rows = Seq(Seq(1f), Seq(2f, 3f), Seq(4f), Seq(), Seq(5f, 6f))
      val results = extract(extractor, rows.map(_.asJava))
      assert(results.map(row => floats(row).head) === rows.map(_.map(value => value * value)))
      assert(results(1).features.get(0).shape === Array(2L))
    }
  }

  test("a tensor that mixes the rows of a batch is refused") {
    val nodes = new NodeDefs("")
    val x = floatInput(nodes, -1, 3)
    val flat = reshape(nodes, "flat", x, -1)
    Using.resource(open(floatModel(nodes, x, flat, Seq(-1, 3), Seq(-1)))) { extractor =>
      val message = intercept[UserException](extract(extractor, randomRows(4, 3))).getMessage
      assert(
        message === "cannot split flat:0 into rows: a batch of 4 gave DT_FLOAT[12];" +
          " the tensor mixes rows, tap one with a row for each row"
      )
    }
  }

  test("no rows give no features") {
    Using.resource(open(Plans.lookup))(extractor => assert(extract(extractor, Seq()).isEmpty))
  }

  test("an extractor that is closed, once or twice, extracts nothing") {
    val extractor = openVector()
    extractor.close()
    extractor.close()
    val refused = intercept[IllegalStateException](extract(extractor, randomRows(2, 3)))
    assert(refused.getMessage === "close() has been called on the Graph")
  }

  private def openVector(): FeatureExtractor = {
    val nodes = new NodeDefs("")
    val x = floatInput(nodes, -1, 3)
    val y = nodes.node("Relu", "y", x).attribute("T", DataType.DT_FLOAT).add()
    open(floatModel(nodes, x, y, Seq(-1, 3), Seq(-1, 3)))
  }

  private def floatInput(nodes: NodeDefs, sizes: Long*): TensorId =
    nodes
      .node("Placeholder", "x")
      .attribute("dtype", DataType.DT_FLOAT)
      .attribute("shape", Plans.shape(sizes: _*))
      .add()

  private def reshape(nodes: NodeDefs, name: String, tensor: TensorId, sizes: Int*): TensorId =
    nodes
      .node("Reshape", name, tensor, nodes.vector(name + "_sizes", sizes: _*))
      .attribute("T", DataType.DT_FLOAT)
      .attribute("Tshape", DataType.DT_INT32)
      .add()

  private def floatModel(
      nodes: NodeDefs,
      x: TensorId,
      tapped: TensorId,
      from: Seq[Long],
      to: Seq[Long]
  ): RunnableGraph = {
    val feed = Plans.point(x, DataType.DT_FLOAT, Plans.shape(from: _*))
    Plans.model(nodes, feed, tapped, Plans.shape(to: _*))
  }
}
