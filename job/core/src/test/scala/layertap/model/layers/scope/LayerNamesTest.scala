package layertap.model.layers.scope

import layertap.model.layers.keras.ListedLayer
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class LayerNamesTest extends AnyFunSuite {
  private def listed(name: String, inside: ListedLayer*): ListedLayer =
    listed(name, "Dense", inside)

  private val input: ListedLayer = listed("", "InputLayer", Seq())

  private def listed(name: String, className: String, inside: Seq[ListedLayer]): ListedLayer = {
    val none = java.util.List.of[String]()
    new ListedLayer(name, className, 0, none, none, inside.asJava)
  }

  private def names(layers: ListedLayer*): LayerNames = LayerNames.of(layers.asJava)

  private def inside(names: LayerNames, path: String*): LayerNames = names.inside(path.asJava)

  test("names of a model's layers, and of those inside them") {
    val model = names(listed("conv"), listed("encoder", listed("act")))
    assert(model.contains("conv") && !model.contains("act"))
    assert(inside(model, "encoder").contains("act"))
    assert(inside(model).contains("conv"))
    Seq(Seq("conv"), Seq("encoder", "act"), Seq("other")).foreach { path =>
      assert(inside(model, path: _*).isUnknown)
    }
  }

  test("an InputLayer without a name is not counted, another layer without one is told of") {
    assert(!names(input, listed("conv")).isPartlyKnown)
    assert(names(input, listed(""), listed("conv")).isPartlyKnown)
    assert(inside(names(listed("encoder", listed(""))), "encoder").isPartlyKnown)
  }

  test("what follows a slash of a name") {
    val model = names(listed("Conv"), listed("Conv/bn"), listed("Conv/a/b"), listed("head"))
    assert(model.endingsAfter("Conv").asScala === Seq("bn", "a/b"))
    assert(model.endingsAfter("Conv/a").asScala === Seq("b"))
    assert(model.endingsAfter("head").asScala === Seq())
    Seq("Conv", "Conv/bn", "Conv/a", "head").foreach(name => assert(model.isPartOfName(name)))
    Seq("Con", "bn", "Conv/a/b/c").foreach(name => assert(!model.isPartOfName(name)))
  }

  test("a scope of two layers: one of its name, one inside another") {
    val model = names(listed("Conv", listed("bn")), listed("Conv/bn"), listed("head"))
    assert(model.isContested("Conv") && model.isContested("Conv/bn"))
    assert(!model.isContested("head"))
  }

  test("a layer inside that has another name shares no scope") {
    val model = names(listed("Conv", listed("kernel")), listed("Conv/bn"))
    assert(!model.isContested("Conv") && !model.isContested("Conv/bn"))
  }
}
