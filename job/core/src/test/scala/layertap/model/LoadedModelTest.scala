package layertap.model

import layertap.failure.UserException
import java.nio.file.Files
import layertap.graph.Graphs._
import layertap.model.layers.keras.TopologyFile
import layertap.testing.SavedModels._
import layertap.testing.MemoryFiles
import layertap.testing.StoredAnswers
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.SignatureDef
import scala.jdk.CollectionConverters._

class LoadedModelTest extends AnyFunSuite {
  private val plain: SignatureDef = signature(port("x", "x:0"))(port("y", "y:0"))

  private def flat(model: LoadedModel): Seq[String] = names(model.graph.graph)

  private def refused(body: => Any): String = intercept[UserException](body).getMessage

  test("a graph of TensorFlow 1 keeps all but its saver: one may tap what no signature returns") {
    val built = metaGraph("serve")(
      graph(
        placeholder("x"),
        float("y", "Relu", "x"),
        float("more", "Tanh", "x"),
        call("other", "f", "x"),
        stringConst("save/Const", "prefix"),
        node("save/restore_all", "NoOp")
      ).withFunctions(reluFunction("f")),
      "serving_default" -> plain
    ).toBuilder
    built.getSaverDefBuilder.setFilenameTensorName("save/Const:0")
    assert(flat(load(files(built.build))) === Seq("x", "y", "more", "relu", "other"))
  }

  test("a graph of objects keeps what the signature returns, inlined") {
    // x ─▶ y (f: Relu)      x ─▶ other (f)
    val calls = graph(placeholder("x"), call("y", "f", "x"), call("other", "f", "x"))
      .withFunctions(reluFunction("f"))
    val built = metaGraph("serve")(calls, "serving_default" -> plain).toBuilder
    built.getObjectGraphDefBuilder
    assert(flat(load(files(built.build))).filter(_.contains("relu")) === Seq("relu"))
  }

  Seq(
    "takes what is not there" -> graph(placeholder("x"), float("y", "Relu", "gone")),
    "calls what is not there" -> graph(placeholder("x"), call("y", "gone", "x")),
    "has not what the signature returns" -> graph(placeholder("x"))
  ).foreach { case (what, damaged) =>
    test(s"a graph that $what") {
      val message = refused(load(of(damaged, plain)))
      assert(message.startsWith("cannot read the graph of memory: "))
      assert(message.endsWith("; the model is damaged, export it again"))
    }
  }

  private val topology =
    TestData.model("branches_keras3").resolveSibling("branches_keras3.topology.json")
  private val enclosing = MemoryFiles
    .copyOf("branches_keras3")
    .updated("assets.extra/layertap_topology.json", Files.readAllBytes(topology))

  test("the topology that was put beside the export is used") {
    val layers = load(enclosing).layers
    assert(layers.listedBy.get === "memory/assets.extra/layertap_topology.json")
    assert(
      layers.byIndex.asScala.toSeq.sortBy(_._1).map(_._2.path) ===
        "left right project difference encoder decoder joined keep head".split(" ").toSeq
    )
  }

  test("a topology that is given goes before it") {
    val own = StoredAnswers.topology(TestData.model("branches_keras3")).get
    val layers = TestData.load(enclosing, Some(own)).layers
    assert(layers.listedBy.get.endsWith("branches_keras3.topology.json"))
  }

  test("a topology of another model") {
    val other = StoredAnswers.topology(TestData.model("branches_keras3")).get
    val message = refused(TestData.load("cnn_functional_keras3", Some(other)))
    assert(
      message.startsWith(s"cannot use the topology ${other.location}: it is another model's, ")
    )
    assert(message.contains("; the graph has no layer 'project'; "))
    assert(message.endsWith("; name the file that was written with this export"))
  }

  test("a topology of a graph that JAX traced") {
    val own = StoredAnswers.topology(TestData.model("branches_keras3")).get
    val traced = graph(placeholder("x"), float("jax2tf_fn_/branches/head/Tanh", "Tanh", "x"))
    val returned = signature(port("x", "x:0"))(port("y", "jax2tf_fn_/branches/head/Tanh:0"))
    assert(
      refused(TestData.load(of(traced, returned), Some(own))) ===
        s"cannot use the topology ${own.location}: JAX traced the graph, and its scopes are not " +
        "those of Keras' layers; leave model.topology out and name what inspect lists"
    )
  }

  private val config = Files.readString(topology)

  /** The topology with other joints, as of an older version of the model. */
  private def stale(change: String => String): LoadedModel = {
    assert(change(config) !== config)
    val file = TopologyFile.parse("stale.json", change(config).getBytes)
    TestData.load("branches_keras3", Some(file))
  }

  // what was changed, how, problem
  Seq[(String, String => String, String)](
    ("another name of a layer", _.replace("\"head\"", "\"top\""), "the graph has a layer 'head'"),
    (
      "another layer before a layer without ops",
      joint("keep", "joined", "encoder"),
      "layer 'head' takes another tensor"
    ),
    (
      "another call of a shared layer",
      joint("encoder", "project\", 0", "project\", 1"),
      "layer 'encoder' takes another tensor"
    ),
    (
      "another layer before a layer",
      joint("decoder", "difference", "encoder"),
      "layer 'decoder' takes another tensor"
    )
  ).foreach { case (what, change, problem) =>
    test(s"a topology with $what") {
      val message = refused(stale(change))
      assert(message.startsWith("cannot use the topology stale.json: it is another model's, "))
      assert(message.contains(problem))
    }
  }

  /** Replaces what a layer takes: its joints follow its name. */
  private def joint(layer: String, from: String, to: String)(json: String): String = {
    val start = json.indexOf(s"\"name\": \"$layer\", \"inbound_nodes\"")
    assert(start >= 0)
    val (before, after) = json.splitAt(start)
    val joints = after.indexOf("keras_history\": [\"" + from)
    before + after.take(joints) + after.drop(joints).replaceFirst(from, to)
  }

  test("the variables of the signature's graph") {
    assert(TestData.load("branches_keras3").size.variables === 10)
  }

  test("what asks a variable for its shape is no variable") {
    val variable = graph(
      placeholder("x"),
      float("y", "Relu", "x"),
      node("v", "VarHandleOp").having("dtype" -> Float32, "shape" -> shape(2, 3)),
      node("old", "VariableV2").having("dtype" -> Float32, "shape" -> shape(2)),
      node("shape", "VariableShape", "v").having("out_type" -> Int32)
    )
    assert(load(of(variable, plain)).size.variables === 2)
  }
}
