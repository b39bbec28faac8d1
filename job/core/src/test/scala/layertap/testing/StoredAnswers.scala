package layertap.testing

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import java.nio.file.{Files, Path}
import layertap.model.layers.keras.TopologyFile
import layertap.model.select.SelectorParser.At
import layertap.model.select.Selector
import layertap.model.select.SelectorParser
import scala.jdk.CollectionConverters._

/** What Keras or TensorFlow computes for one output of one layer, or one tensor, of a model. */
final case class Answer(
    selector: Selector,
    name: String,
    setting: String,
    index: Option[Int],
    shape: Seq[Long],
    sample: Array[Double],
    stride: Int,
    maxAbs: Double,
    parameters: Long,
    depth: Int,
    hasOps: Boolean,
    className: String,
    isFloat: Boolean,
    tolerance: Option[Double]
) {

  /** The largest difference that is none. */
  def bound: Double = tolerance.getOrElse(if (depth > 50) 1e-4 else 1e-5)

  /** The cosine of the angle to the values. */
  def cosine(values: Array[Double]): Double = {
    val own = sample.indices.map(i => values(i * stride))
    def product(a: Seq[Double], b: Seq[Double]) = a.lazyZip(b).map(_ * _).sum
    val lengths = math.sqrt(product(sample.toSeq, sample.toSeq) * product(own, own))
    if (lengths == 0) 1 else product(sample.toSeq, own) / lengths
  }

  /** The largest difference to the values, relative to the largest value. */
  def difference(values: Array[Double]): Double = {
    val differences = sample.indices.iterator.map(i => math.abs(values(i * stride) - sample(i)))
    val largest = differences.map(d => if (d.isNaN) Double.PositiveInfinity else d).maxOption
    largest.getOrElse(0.0) / math.max(maxAbs, 1e-30)
  }
}

/** The answers stored beside a model, with the inputs for which they hold. */
final case class StoredAnswers(inputs: Map[String, NumpyArray], answers: Seq[Answer])

object StoredAnswers {

  /** The answers, with the calls of layers as they run or as a topology lists them. */
  def of(model: Path, asListed: Boolean = false): StoredAnswers = {
    val listed = Some(sibling(model, ".topology.answers.json")).filter(asListed && Files.exists(_))
    val path = listed.getOrElse(sibling(model, ".answers.json"))
    val json = new ObjectMapper().readTree(path.toFile)
    val arrays = Npz.read(sibling(model, ".answers.npz"))
    val inputs = json.get("inputs").fieldNames().asScala.map(key => key -> arrays(s"input/$key"))
    StoredAnswers(inputs.toMap, json.get("layers").asScala.toSeq.map(answer(_, arrays)))
  }

  /** The topology that is stored beside the model. */
  def topology(model: Path): Option[TopologyFile] =
    Some(sibling(model, ".topology.json"))
      .filter(Files.exists(_))
      .map(path => TopologyFile.parse(path.toString, Files.readAllBytes(path)))

  private def sibling(model: Path, suffix: String): Path =
    model.resolveSibling(model.getFileName.toString + suffix)

  private def answer(json: JsonNode, arrays: Map[String, NumpyArray]): Answer = {
    val (selector, name, setting) = parseSelector(json.get("selector"))
    Answer(
      selector,
      name,
      setting,
      Option(json.get("index")).filterNot(_.isNull).map(_.asInt),
      json.get("shape").asScala.toSeq.map(_.asLong),
      arrays(json.get("array").asText).values,
      json.get("stride").asInt,
      json.get("max_abs").asDouble,
      json.get("parameters").asLong,
      json.get("depth").asInt,
      json.get("has_ops").asBoolean,
      json.path("class").asText,
      json.path("dtype").asText.contains("float"),
      Option(json.get("tolerance")).map(_.asDouble)
    )
  }

  /** What an entry of a file of answers selects. */
  def selector(json: JsonNode): Selector = parseSelector(json)._1

  /** The selector, a name for messages, and what a feature says in a configuration. */
  private def parseSelector(json: JsonNode): (Selector, String, String) =
    if (json.isTextual) {
      val name = json.asText
      (SelectorParser.parse(name, At.OUTPUT), name, s"""layer = "$name"""")
    } else if (json.has("layer")) {
      val (name, at) = (json.get("layer").asText, json.get("at").asText)
      val selector = SelectorParser.parse(name, SelectorParser.parseAt(at))
      (selector, s"$name at $at", s"""layer = "$name", at = "$at"""")
    } else if (json.has("graph_tensor")) {
      val name = json.get("graph_tensor").asText
      (new Selector.GraphTensor(name), name, s"""graph-tensor = "$name"""")
    } else {
      val name = json.get("output").asText
      (new Selector.SignatureOutput(name), name, s"""output = "$name"""")
    }
}
