package layertap.model.layers.keras

import java.io.ByteArrayOutputStream
import java.nio.file.Files
import java.util.zip.{ZipEntry, ZipOutputStream}
import layertap.failure.UserException
import layertap.model.layers.keras.Topology.Reference
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class TopologyFileTest extends AnyFunSuite {
  private def stored(model: String): Array[Byte] =
    Files.readAllBytes(TestData.root.resolve(s"models/$model.topology.json"))

  private def parse(bytes: Array[Byte]): Topology = TopologyFile.parse("t", bytes).topology

  private def parse(json: String): Topology = parse(json.getBytes("UTF-8"))

  private def refused(bytes: Array[Byte]): String =
    intercept[UserException](parse(bytes)).getMessage

  private def unusable(fact: String) =
    s"cannot use the topology t: $fact; give the model's .keras " +
      "archive or the text of model.to_json()"

  private def archive(entries: (String, Array[Byte])*): Array[Byte] = {
    val bytes = new ByteArrayOutputStream
    val zip = new ZipOutputStream(bytes)
    entries.foreach { case (name, content) =>
      zip.putNextEntry(new ZipEntry(name))
      zip.write(content)
    }
    zip.close()
    bytes.toByteArray
  }

  private def calls(topology: Topology, layer: String): Seq[Seq[Reference]] =
    topology.find(layer).get.calls.asScala.toSeq.map(_.asScala.toSeq)

  private def ref(layer: String, call: Int = 0, output: Int = 0) =
    new Reference(layer, call, output)

  Seq("branches_keras2", "branches_keras3").foreach { model =>
    test(s"$model: layers in order, joints, calls of shared layers, models inside") {
      val topology = parse(stored(model))
      assert(
        topology.indexed.asScala.map(_.name) ===
          "left right project difference encoder decoder joined keep head".split(" ").toSeq
      )
      assert(topology.inputs.asScala === Seq(ref("left"), ref("right")))
      assert(topology.outputs.asScala === Seq(ref("head")))
      assert(calls(topology, "project") === Seq(Seq(ref("left")), Seq(ref("right"))))
      assert(calls(topology, "difference") === Seq(Seq(ref("project", 1), ref("project"))))
      assert(calls(topology, "joined") === Seq(Seq(ref("encoder"), ref("decoder"))))
      val inside = topology.find("encoder").get.nested
      assert(inside.layers.asScala.map(_.name) === Seq("encoder_input", "hidden", "drop", "code"))
      assert(inside.find("drop").get.isIdentity && !inside.find("code").get.isIdentity)
    }
  }

  test("a .keras archive holds the same") {
    val json = stored("branches_keras3")
    val keras = archive("metadata.json" -> "{}".getBytes, "config.json" -> json)
    assert(parse(keras) === parse(json))
  }

  private def dense(name: String) =
    s"""{"class_name": "Dense", "config": {"name": "$name", "activation": "relu"}}"""

  private val inputLayer = """{"class_name": "InputLayer", "config": {"name": "in"}}"""

  test("a Sequential model: each layer takes the one before; the InputLayer has no index") {
    val topology = parse(
      s"""{"class_name": "Sequential", "config": {"name": "s", "layers":
         | [$inputLayer, ${dense("a")}, ${dense("b")}]}}""".stripMargin
    )
    assert(topology.isSequential)
    assert(topology.indexed.asScala.map(_.name) === Seq("a", "b"))
    assert(calls(topology, "b") === Seq(Seq(ref("a"))))
    assert(topology.inputs.asScala === Seq(ref("in")))
    assert(topology.outputs.asScala === Seq(ref("b")))
  }

  test("a Sequential model without an InputLayer") {
    val topology =
      parse(s"""{"class_name": "Sequential", "config": {"layers": [${dense("a")}]}}""")
    assert(topology.name === "Sequential")
    assert(calls(topology, "a") === Seq(Seq()))
    assert(topology.inputs.isEmpty)
  }

  private def functional(layers: String, output: String) =
    s"""{"class_name": "Functional", "config": {"name": "m", "layers": [$layers],
       | "input_layers": [["in", 0, 0]], "output_layers": [$output]}}""".stripMargin

  private def layer(name: String, inbound: String, more: String = "") =
    s"""{"class_name": "Dense", "name": "$name", "config": {}, $more "inbound_nodes": $inbound}"""

  private val in =
    """{"class_name": "InputLayer", "name": "in", "config": {}, "inbound_nodes": []}"""

  test("Keras 2 counts the making of a model inside as a call") {
    val twice = layer("twice", """[[["in", 0, 0, {}]], [["twice", 1, 0, {}]]]""")
    val topology = parse(functional(s"$in, $twice", """["twice", 2, 0]"""))
    assert(calls(topology, "twice") === Seq(Seq(ref("in")), Seq(ref("twice"))))
    assert(topology.outputs.asScala === Seq(ref("twice", 1)))
  }

  test("tensors among the arguments of Keras 2, constants left out") {
    val add =
      layer("add", """[[["in", 0, 0, {"y": ["in", 0, 0]}], ["_CONSTANT_VALUE", -1, 3.0, {}]]]""")
    val topology = parse(functional(s"$in, $add", """["add", 0, 0]"""))
    assert(calls(topology, "add") === Seq(Seq(ref("in"), ref("in"))))
  }

  test(
    "what Keras 2 takes by name stands once, after the first argument, in the order of the call"
  ) {
    val named = """{"value": ["d", 0, 0], "attention_mask": ["c", 0, 0]}"""
    val call = s"""[[["a", 0, 0, $named], ["b", 0, 0, $named]]]"""
    val topology = parse(functional(layer("f", call), """["f", 0, 0]"""))
    assert(calls(topology, "f").map(_.map(_.layer)) === Seq(Seq("a", "b", "d", "c")))
  }

  test("Keras 2 counts the making of a model that takes a dict, too") {
    val twice = layer("twice", """[{"x": ["in", 0, 0, {}]}, {"x": ["twice", 1, 0, {}]}]""")
    val topology = parse(functional(s"$in, $twice", """["twice", 2, 0]"""))
    assert(calls(topology, "twice") === Seq(Seq(ref("in")), Seq(ref("twice"))))
    assert(topology.outputs.asScala === Seq(ref("twice", 1)))
  }

  test("masks of booleans, which Keras 3 hands on itself, are no inputs; those of numbers are") {
    def tensor(layer: String, dtype: String) =
      s"""{"class_name": "__keras_tensor__",
         | "config": {"shape": [null], "dtype": "$dtype", "keras_history": ["$layer", 0, 0]}}""".stripMargin
    def inputs(dtype: String) = {
      val mask = s"""{"padding_mask": ${tensor("mask", dtype)}, "mask": null}"""
      val call = s"""[{"args": [${tensor("in", "float32")}], "kwargs": $mask}]"""
      calls(parse(functional(s"$in, ${layer("block", call)}", """["block", 0, 0]""")), "block")
    }
    assert(inputs("int32") === Seq(Seq(ref("in"), ref("mask"))))
    assert(inputs("bool") === Seq(Seq(ref("in"))))
  }

  test("numbers that Python writes and JSON has not") {
    val padded =
      layer("pad", """[["in", 0, 0]]""", """"low": -Infinity, "up": Infinity, "no": NaN,""")
    val topology = parse(functional(s"$in, $padded", """["pad", 0, 0]"""))
    assert(topology.layers.asScala.map(_.name) === Seq("in", "pad"))
  }

  test("operations of Keras 3 are no layers") {
    val operation = layer("add", """[["in", 0, 0]]""", """"module": "keras.src.ops.numpy", """)
    val topology = parse(functional(s"$in, $operation", """["add", 0, 0]"""))
    assert(topology.indexed.asScala.map(_.name) === Seq("in"))
  }

  test("a linear Activation does nothing, another does") {
    val names = Seq("linear", "relu").map { activation =>
      s"""{"class_name": "Activation", "config": {"name": "$activation",
         | "activation": "$activation"}}""".stripMargin
    }
    val topology = parse(
      s"""{"class_name": "Sequential", "config": {"name": "s", "layers": [${names.mkString(
          ","
        )}]}}"""
    )
    assert(topology.layers.asScala.map(_.isIdentity) === Seq(true, false))
  }

  test("a model that does not list its layers") {
    assert(
      refused("""{"class_name": "Mine", "config": {"units": 3}}""".getBytes) ===
        "cannot use the topology t: the model is subclassed, its configuration does not list its" +
        " layers; if it has model.inputs, give the text of keras.Model(model.inputs," +
        " model.outputs).to_json(), else leave model.topology out"
    )
  }

  private def withoutName(inbound: String = "") =
    s"""{"class_name": "Sequential", $inbound "config": {"name": "s", "layers":
       | [$inputLayer, {"class_name": "Block", "config": {"units": 4}}, ${dense(
        "b"
      )}]}}""".stripMargin

  test("a Sequential model with a layer whose configuration leaves its name out") {
    assert(
      refused(withoutName().getBytes) ===
        "cannot use the topology t: in the model 's' a layer of the class 'Block' has no name, as" +
        " the class writes its configuration without it; let its get_config return" +
        " super().get_config() and what the class adds, and write the file anew, or leave" +
        " model.topology out"
    )
  }

  test("such a model inside is a layer of which the topology tells no layers") {
    val inside = withoutName(""""name": "s", "inbound_nodes": [[["in", 0, 0, {}]]],""")
    val topology = parse(functional(s"$in, $inside", """["s", 0, 0]"""))
    assert(topology.find("s").get.nested === null)
    assert(calls(topology, "s") === Seq(Seq(ref("in"))))
  }

  Seq("3", "[]", "{}", """{"config": 3}""", "").foreach { json =>
    test(s"'$json' is no model's configuration") {
      assert(refused(json.getBytes) === unusable("it is not the configuration of a Keras model"))
    }
  }

  test("no JSON") {
    assert(refused("model: cnn".getBytes).startsWith("cannot use the topology t: it is not JSON: "))
  }

  test("JSON of any depth") {
    assert(
      refused(("[" * 100000).getBytes).startsWith("cannot use the topology t: it is not JSON: ")
    )
  }

  test("an archive without a configuration") {
    assert(refused(archive("weights.h5" -> Array())) === unusable("the archive has no config.json"))
  }

  test("an archive that expands to much before its configuration") {
    val bomb = archive("weights.h5" -> new Array(5 << 20), "config.json" -> "{}".getBytes)
    assert(TopologyFile.configOf(bomb, 5L << 20) === "{}")
    val message = intercept[java.io.IOException](TopologyFile.configOf(bomb, 4L << 20)).getMessage
    assert(message === "what lies before config.json expands to more than 4194304 bytes")
  }

  test("an archive that was not copied whole") {
    val keras = archive("config.json" -> stored("branches_keras3"))
    (2 until keras.length / 2 by 37).foreach { length =>
      assert(refused(keras.take(length)).startsWith("cannot use the topology t: "), length)
    }
  }

  private def keras3Tensor(layer: String) =
    s"""{"class_name": "__keras_tensor__", "config": {"keras_history": ["$layer", 0, 0]}}"""

  test("what is given by name stands in the order of the names, as Keras has it") {
    val taken = s"""{"right": ${keras3Tensor("b")}, "left": ${keras3Tensor("a")}}"""
    val topology = parse(
      s"""{"config": {"name": "m", "layers": [
         |{"class_name": "Dense", "name": "f", "config": {}, "inbound_nodes": [
         |  {"args": [$taken], "kwargs": {"z": ${keras3Tensor("d")}, "y": ${keras3Tensor("c")}}}]}],
         |"input_layers": {"right": ["b", 0, 0], "left": ["a", 0, 0]},
         |"output_layers": {"upper": ["f", 0, 0], "lower": ["a", 0, 0]}}}""".stripMargin
    )
    assert(calls(topology, "f").map(_.map(_.layer)) === Seq(Seq("a", "b", "c", "d")))
    assert(topology.inputs.asScala.map(_.layer) === Seq("a", "b"))
    assert(topology.outputs.asScala.map(_.layer) === Seq("a", "f"))
    assert(topology.outputKeys.asScala === Seq("lower", "upper"))
  }

  // module in the configuration, whether the class is Keras' own
  Seq(
    "" -> true,
    """"module": "keras.layers",""" -> true,
    """"module": "tf_keras.src.layers",""" -> true,
    """"module": null, "registered_name": "Dropout",""" -> false,
    """"module": "kerastools.layers",""" -> false,
    """"module": "my.layers", "registered_name": "my>Dropout",""" -> false
  ).foreach { case (module, isOfKeras) =>
    test(s"a class Dropout of { $module } is ${if (isOfKeras) "Keras' own" else "the user's"}") {
      val layer = s"""{$module "class_name": "Dropout", "config": {"name": "d"}}"""
      val parsed = parse(s"""{"config": {"layers": [$layer]}}""").find("d").get
      assert((parsed.isOfKeras, parsed.isIdentity) === ((isOfKeras, isOfKeras)))
    }
  }
}
