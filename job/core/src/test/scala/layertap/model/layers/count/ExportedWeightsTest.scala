package layertap.model.layers.count

import layertap.model.layers.keras.ObjectGraph
import layertap.model.layers.SavedObjects._
import layertap.model.layers.count.ExportedWeights.Weight
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObject
import scala.jdk.CollectionConverters._

class ExportedWeightsTest extends AnyFunSuite {

  /** A layer by its path, with the names of the variables that its ops take. */
  private type Read = (String, Seq[String])

  private def find(variables: String*)(layers: Read*): Map[String, Seq[String]] = {
    val objects = new ObjectGraph(exported(variables.map(saved): _*))
    val weights = new ExportedWeights(objects)
    layers.foreach { case (path, reads) =>
      val names = path.split("/").toSeq
      weights.add(names.asJava, ("m" +: names.init).toSet.asJava, reads.map(read).asJava)
    }
    weights.find.asScala.map { case (names, found) =>
      names.asScala.mkString("/") -> found.asScala.toSeq.sorted.map(id => s"${variables(id - 2)}")
    }.toMap
  }

  /** A variable as it is written here: of one value, or `a/kernel*4` of four. */
  private def saved(text: String): SavedObject = variable(read(text).name, read(text).size.toInt)

  private def read(text: String): Weight = text.split('*') match {
    case Array(name, size) => new Weight(name, size.toLong)
    case Array(name)       => new Weight(name, 1)
  }

  test("what inference does not read, of the layer itself and of one inside it") {
    val found = find("conv/kernel", "norm/inner/kernel", "norm/vector_u", "m/counter/steps")(
      "conv" -> Seq("conv/kernel"),
      "norm" -> Seq("norm/inner/kernel"),
      "counter" -> Seq()
    )
    assert(
      found === Map(
        "conv" -> Seq("conv/kernel"),
        "norm" -> Seq("norm/inner/kernel", "norm/vector_u"),
        "counter" -> Seq("m/counter/steps")
      )
    )
  }

  test("layers of one name in two models, in Keras' order") {
    val found = find("half/used", "half/unused", "half/used", "half/unused", "half/more")(
      "half" -> Seq("half/used"),
      "encoder/half" -> Seq("half/used")
    )
    assert(
      found === Map(
        "half" -> Seq("half/used", "half/unused"),
        "encoder/half" -> Seq("half/used", "half/unused", "half/more")
      )
    )
  }

  test("of two models in an archive, the layers' own: those of the other have their names") {
    val encoder = Seq("code/kernel*6", "code/bias*2")
    val decoder = Seq("code/kernel*8", "code/bias*2", "code/unread*5")
    val found = find(encoder ++ decoder: _*)("code" -> decoder.take(2), "last" -> Seq())
    assert(found === Map("code" -> Seq("code/bias*2", "code/kernel*8", "code/unread*5")))
  }

  test("a layer that bears the name of the model around it") {
    val found = find("net/dense/kernel", "net/dense/unread", "net/net/unread")(
      "net/net" -> Seq(),
      "net/dense" -> Seq("net/dense/kernel")
    )
    assert(found.get("net/dense") === Some(Seq("net/dense/kernel", "net/dense/unread")))
  }

  test("a layer inside a layer is no layer of that name elsewhere") {
    val found = find("norm/dense/kernel", "dense/kernel")("norm" -> Seq(), "dense" -> Seq())
    assert(found.get("dense") === Some(Seq("dense/kernel")))
  }

  test("variables without a layer's name are those of the only layer between their neighbours") {
    val variables = Seq("a/kernel", "mean", "variance", "b/kernel", "left")
    val reads = Seq[Read]("a" -> Seq("a/kernel"), "norm" -> Seq(), "b" -> Seq("b/kernel"))
    val found = find(variables: _*)(reads: _*)
    assert(found.get("norm") === Some(Seq("mean", "variance")))
    assert(found.values.flatten.toSet === variables.toSet - "left")
    val unsure = find(variables: _*)(reads.patch(1, Seq("idle" -> Seq()), 0): _*)
    assert(unsure.keySet === Set("a", "b"))
  }

  test("states of random generators are no weights") {
    assert(
      find("seed_generator/seed_generator_state", "dropout/w")("dropout" -> Seq()) ===
        Map("dropout" -> Seq("dropout/w"))
    )
  }

  test("nothing where no list was kept") {
    val weights = new ExportedWeights(new ObjectGraph(graph(node("_tracked" -> 7))))
    weights.add(java.util.List.of("a"), java.util.Set.of(), java.util.List.of())
    assert(weights.find.isEmpty)
  }
}
