package layertap.tensorflow

import com.google.protobuf.ByteString
import java.io.UncheckedIOException
import java.nio.file.{Files, Path}
import layertap.tensor.HostTensor
import layertap.failure.RefusedValuesException
import java.util.concurrent.{Callable, Executors}
import layertap.graph.TensorId
import layertap.failure.UserException
import layertap.inference.{TimeLimit, TimeLimitException}
import layertap.model.cut.RunnableGraph
import layertap.model.restore.AssetConstant
import layertap.testing.Extraction
import layertap.testing.JavaProcess
import layertap.testing.Plans
import layertap.testing.PoisonLoop
import layertap.testing.StoredAnswers
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.{Graph, Session}
import org.tensorflow.proto.{AttrValue, DataType, NodeDef, TensorProto, TensorShapeProto}
import scala.jdk.CollectionConverters._
import scala.jdk.StreamConverters._
import scala.util.Using

class GraphSessionTest extends AnyFunSuite {
  private val ids = new TensorId("ids", 0)
  private val lookedUp = new TensorId("looked_up", 0)

  private def open(model: RunnableGraph, files: String = "digits_keras3"): GraphSession = {
    TensorFlowRuntime.start(1)
    GraphSession.open(model, TestData.files(files))
  }

  private def run(session: GraphSession, values: Int*): Seq[Float] = {
    val fed = HostTensor.of(DataType.DT_INT32, Array(values.size / 2L, 2L), values.toArray)
    val fetched = session.run(Map(ids -> fed).asJava, List(lookedUp).asJava)
    fetched.get(0).values.asInstanceOf[Array[Float]].toSeq
  }

  test("values come in the order of the fetches") {
    val plan = Plans.of("cnn_sequential_keras2", Seq("conv1", "dense1"))
    val input = StoredAnswers.of(TestData.model("cnn_sequential_keras2")).inputs.values.head
    val fed = Map(plan.model.feeds.get(0).placeholder -> Extraction.toTensor(input)).asJava
    val Seq(conv, dense) = plan.features.asScala.map(_.fetch).toSeq
    Using.resource(open(plan.model, "cnn_sequential_keras2")) { session =>
      def ranks(fetches: TensorId*) =
        session.run(fed, fetches.asJava).asScala.map(_.shape.length)
      assert(ranks(dense, conv) === Seq(2, 4))
      assert(ranks(conv, dense) === Seq(4, 2))
    }
  }

  test("callers that run at once get the values that each gets alone") {
    val plan = Plans.of("digits_keras2", Seq("conv2"))
    val placeholder = plan.model.feeds.get(0).placeholder
    val fetches = List(plan.features.get(0).fetch).asJava
    Using.resource(open(plan.model, "digits_keras2")) { session =>
      def values(seed: Int): Seq[Float] = {
        val random = new scala.util.Random(seed)
        val fed = HostTensor.of(Array[Long](4, 8, 8, 1), Array.fill(256)(random.nextFloat()))
        session
          .run(Map(placeholder -> fed).asJava, fetches)
          .get(0)
          .values
          .asInstanceOf[Array[Float]]
          .toSeq
      }
      val alone = (0 until 4).map(values)
      val pool = Executors.newFixedThreadPool(4)
      try {
        val tasks = (0 until 80).map(i => (() => values(i % 4)): Callable[Seq[Float]])
        pool.invokeAll(tasks.asJava).asScala.zipWithIndex.foreach { case (future, i) =>
          assert(future.get === alone(i % 4))
        }
      } finally pool.shutdown()
    }
  }

  test("values that an op refuses are told from failures, and the session goes on") {
    Using.resource(open(Plans.lookup)) { session =>
      val refused = intercept[RefusedValuesException](run(session, 1, 2, 3, 10))
      assert(refused.getMessage.contains("indices[1,1] = 10 is not in [0, 10)"), refused.getMessage)
      assert(refused.getMessage.linesIterator.size === 1)
      assert(run(session, 1, 2) === Seq(1.5f, 3f))
    }
  }

  test("an input without a value is a fault of ours, not a refusal of values") {
    Using.resource(open(Plans.lookup)) { session =>
      val none = java.util.Map.of[TensorId, HostTensor]
      val failure = intercept[IllegalStateException](session.run(none, List(lookedUp).asJava))
      assert(
        failure.getMessage.startsWith(
          "a run lacks a value: You must feed a value for placeholder tensor 'ids'"
        ),
        failure.getMessage
      )
    }
  }

  test("a run that nothing watches goes to its end, and is told then that it took too long") {
    Using.resource(open(Plans.lookup)) { session =>
      val fed = Map(ids -> HostTensor.of(DataType.DT_INT32, Array(1L, 2L), Array(1, 2))).asJava
      def run(limit: TimeLimit) = session.run(fed, List(lookedUp).asJava, limit).get(0).values
      val limit = TimeLimit.ofSeconds(5).unwatched
      assert(!limit.cancels && !limit.times(2).after(1).cancels)
      assert(run(limit) === Array(1.5f, 3f))
      val refused = intercept[TimeLimitException](run(limit.after(4999999999L)))
      assert(refused.getMessage === intercept[TimeLimitException] {
        throw new TimeLimitException(TimeLimit.ofSeconds(5))
      }.getMessage)
    }
  }

  test("a run that takes too long is cancelled, and the runs beside it are not") {
    Using.resource(open(PoisonLoop.cut, "digits_keras3")) { session =>
      def run(value: Float, limit: TimeLimit): Seq[Float] = {
        val fed = HostTensor.of(Array(1L, 3L), Array(value, 2f, 3f))
        val fetched =
          session.run(Map(PoisonLoop.x -> fed).asJava, List(PoisonLoop.y).asJava, limit)
        fetched.get(0).values.asInstanceOf[Array[Float]].toSeq
      }
      assert(run(1, TimeLimit.NONE) === Seq(1f, 2f, 3f))
      val pool = Executors.newFixedThreadPool(3)
      try {
        val endless = (1 to 2).map { _ =>
          pool.submit(
            (() => intercept[TimeLimitException](run(1e6f, TimeLimit.ofSeconds(2)))): Callable[
              TimeLimitException
            ]
          )
        }
        val sound = pool.submit {
          (
              () =>
                Iterator
                  .continually(run(4, TimeLimit.ofSeconds(60)))
                  .take(1000)
                  .zipWithIndex
                  .takeWhile { case (_, i) => i < 20 || !endless.forall(_.isDone) }
                  .map(_._1)
                  .toSet
          ): Callable[Set[Seq[Float]]]
        }
        assert(sound.get === Set(Seq(4f, 2f, 3f)))
        endless.foreach { failure =>
          assert(
            failure.get.getMessage === "cannot run the cut model: a batch took more than" +
              " run.batch-seconds = 2, perhaps a loop in it has no end; tap a layer before it, or" +
              " raise run.batch-seconds"
          )
        }
        assert(run(5, TimeLimit.ofSeconds(60)) === Seq(5f, 2f, 3f))
      } finally pool.shutdown()
    }
  }

  test("more runs at once than there are threads for them") {
    Using.resource(open(Plans.lookup)) { session =>
      val pool = Executors.newFixedThreadPool(32)
      try {
        val fed = HostTensor.of(DataType.DT_INT32, Array(1L, 2L), Array(1, 2))
        val call: Callable[Seq[Float]] = () =>
          session
            .run(Map(ids -> fed).asJava, List(lookedUp).asJava, TimeLimit.ofSeconds(60))
            .get(0)
            .values
            .asInstanceOf[Array[Float]]
            .toSeq
        pool.invokeAll(Seq.fill(200)(call).asJava).asScala.foreach { values =>
          assert(values.get === Seq(1.5f, 3f))
        }
      } finally pool.shutdown()
    }
  }

  test("closing twice is harmless; a closed session does not run") {
    val session = open(Plans.lookup)
    session.close()
    session.close()
    intercept[IllegalStateException](run(session, 1, 2))
  }

  test("a graph that TensorFlow refuses is reported with its reason") {
    val lookup = Plans.lookup
    val broken = lookup.graph.toBuilder
    broken.getNodeBuilderList.asScala.filter(_.getOp == "GatherV2").foreach(_.clearInput())
    val model = new RunnableGraph(
      broken.build,
      lookup.variables,
      lookup.feeds,
      lookup.taps,
      lookup.initializers,
      lookup.assets
    )
    val message = intercept[UserException](open(model)).getMessage
    assert(message.startsWith("cannot run the cut model: TensorFlow refuses its graph, "))
    assert(message.contains("looked_up") && message.endsWith("; export the model again"), message)
  }

  /** The lookup with an asset, a file of the digits' model. */
  private def withAsset(path: String): RunnableGraph = {
    val lookup = Plans.lookup
    val text = NodeDef.newBuilder().setName("asset").setOp("Const")
    text.putAttr("dtype", AttrValue.newBuilder().setType(DataType.DT_STRING).build)
    val value = TensorProto.newBuilder().setDtype(DataType.DT_STRING)
    value.setTensorShape(TensorShapeProto.getDefaultInstance)
    value.addStringVal(ByteString.copyFromUtf8(path))
    text.putAttr("value", AttrValue.newBuilder().setTensor(value).build)
    new RunnableGraph(
      lookup.graph.toBuilder.addNode(text).build,
      lookup.variables,
      lookup.feeds,
      lookup.taps,
      lookup.initializers,
      java.util.List.of(new AssetConstant("asset", path))
    )
  }

  private def assetFolders(): Set[Path] = {
    val folders = Files.list(Path.of(System.getProperty("java.io.tmpdir")))
    try
      folders.toScala(Set).filter(_.getFileName.toString.startsWith("layertap-assets"))
    finally folders.close()
  }

  test("copies of assets that cannot be deleted: the failure leaves no session open") {
    TensorFlowRuntime.start(1)
    val model = withAsset("saved_model.pb")
    val before = assetFolders()
    var opened: Option[Graph] = None
    def openSession(graph: Graph): Session = {
      val folder = (assetFolders() -- before).head
      Files.createDirectories(folder.resolve("in the way/of deleting"))
      opened = Some(graph)
      TensorFlowRuntime.openSession(graph)
    }
    val failed = intercept[UncheckedIOException](
      GraphSession
        .open(model, new VariableValues(model), TestData.files("digits_keras3"), openSession _)
    )
    assert(failed.getMessage.startsWith("cannot delete "), failed)
    assert(intercept[IllegalStateException](opened.get.toGraphDef).getMessage.contains("close()"))
  }

  test("an asset that is missing leaves no copies of others") {
    TensorFlowRuntime.start(1)
    val before = assetFolders()
    val failed = intercept[UncheckedIOException](open(withAsset("assets/none.txt")))
    assert(failed.getCause.getMessage === "assets/none.txt is missing")
    assert(assetFolders() === before)
  }

  test("a session wants TensorFlow to be told its thread pools before") {
    TensorFlowRuntime.start(1)
    val cache = "org.bytedeco.javacpp.cachedir"
    val options = Seq("-Xmx256m", s"-D$cache=${System.getProperty(cache)}")
    val (code, output) = JavaProcess.start("layertap.tensorflow.OpenUnstarted", options).finish()
    assert(code === 1)
    assert(
      output.contains("IllegalStateException: TensorFlow is used before it was started"),
      output
    )
  }
}

/** Opens a session without a start. */
object OpenUnstarted {
  def main(arguments: Array[String]): Unit =
    GraphSession.open(Plans.lookup, TestData.files("digits_keras3"))
}
