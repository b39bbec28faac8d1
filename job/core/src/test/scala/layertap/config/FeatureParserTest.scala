package layertap.config

import layertap.config.ConfigText._
import layertap.config.JobConfig.Feature
import layertap.model.feature.FeatureOptions
import layertap.model.feature.FeatureOptions.{Layout, Normalization, Pool, Store}
import layertap.model.select.Selector
import layertap.model.select.Selector._
import org.scalatest.funsuite.AnyFunSuite

class FeatureParserTest extends AnyFunSuite {

  private def feature(text: String): Feature = {
    val features = loadWith(s"features = [ $text ]").features
    assert(features.size === 1)
    features.get(0)
  }

  private def selector(text: String): Selector = feature(text).selector

  private def layer(
      path: String,
      call: Int = ByName.ANY,
      port: String = "",
      side: Side = Side.OUTPUT
  ): Selector = new ByName(path, call, port, side)

  private def refused(text: String): String = {
    val message = problemWith(s"features = [ $text ]")
    val prefix = "cannot use the configuration: job.conf:5: "
    assert(message.startsWith(prefix), message)
    message.stripPrefix(prefix)
  }

  test("a string is a selector, a number an index") {
    assert(selector("conv2") === layer("conv2"))
    assert(selector("encoder/conv1") === layer("encoder/conv1"))
    assert(selector("\"proj@1\"") === layer("proj", call = 1))
    assert(selector("\"lstm:hidden\"") === layer("lstm", port = "hidden"))
    assert(selector("\"proj@1:0\"") === layer("proj", 1, "0"))
    assert(selector("-2") === new ByIndex(-2, ByName.ANY, "", Side.OUTPUT))
    assert(selector("3") === new ByIndex(3, ByName.ANY, "", Side.OUTPUT))
  }

  test("an empty name of a column is refused, not taken for none") {
    assert(refused("{ layer = conv2, column = \"\" }") === "features[0].column is empty")
  }

  test("a glob stands for several layers") {
    Seq("block_*_project", "*", "**", "conv?").foreach { glob =>
      assert(selector("\"" + glob + "\"").asInstanceOf[ByName].isGlob, glob)
    }
  }

  test("the same may stand in an object") {
    assert(selector("{ layer = \"proj@1\" }") === layer("proj", call = 1))
    assert(selector("{ index = -1 }") === new ByIndex(-1, ByName.ANY, "", Side.OUTPUT))
    assert(selector("{ layer = -2 }") === new ByIndex(-2, ByName.ANY, "", Side.OUTPUT))
    assert(selector("{ graph-tensor = \"sin/x:0\" }") === new GraphTensor("sin/x:0"))
    assert(selector("{ output = predictions }") === new SignatureOutput("predictions"))
  }

  test("an output of a layer may be named by key") {
    assert(selector("{ layer = lstm, output = hidden }") === layer("lstm", port = "hidden"))
    assert(selector("{ layer = lstm, output = 1 }") === layer("lstm", port = "1"))
    assert(
      selector("{ index = 2, output = cell }") === new ByIndex(2, ByName.ANY, "cell", Side.OUTPUT)
    )
  }

  test("at names a side of the layer") {
    assert(selector("{ layer = bn1, at = output }") === layer("bn1"))
    assert(selector("{ layer = bn1, at = input }") === layer("bn1", side = Side.INPUT))
    assert(
      selector("{ layer = add, at = \"input:1\" }") === layer("add", port = "1", side = Side.INPUT)
    )
    assert(
      selector("{ layer = conv1, at = pre-activation }") === layer(
        "conv1",
        side = Side.PRE_ACTIVATION
      )
    )
    assert(selector("{ index = 3, at = input }") === new ByIndex(3, ByName.ANY, "", Side.INPUT))
  }

  test("options form the feature") {
    val parsed = feature("{ layer = a, column = b, pool = max, normalize = l2, store = float16 }")
    assert(parsed.column === "b")
    assert(
      parsed.form === new FeatureOptions(Pool.MAX, Normalization.L2, Layout.ARRAY, Store.FLOAT16)
    )
    Layout.values.foreach { layout =>
      assert(feature(s"{ layer = a, as = ${layout.name.toLowerCase} }").form.layout === layout)
    }
    Pool.values.foreach { pool =>
      assert(feature(s"{ layer = a, pool = ${pool.name.toLowerCase} }").form.pool === pool)
    }
    assert(feature("{ layer = a, store = bfloat16 }").form.store === Store.BFLOAT16)
    assert(feature("a").form === FeatureOptions.PLAIN)
  }

  test("a word that is no option is answered with those there are") {
    assert(
      refused(
        "{ layer = a, pool = mean }"
      ) === "features[0].pool is 'mean', not one of none, avg, max, first, last"
    )
    assert(
      refused(
        "{ layer = a, as = list }"
      ) === "features[0].as is 'list', not one of array, nested, vector"
    )
    assert(
      refused(
        "{ layer = a, store = half }"
      ) === "features[0].store is 'half', not one of native, float16, bfloat16"
    )
    assert(
      refused(
        "{ layer = a, normalize = l1 }"
      ) === "features[0].normalize is 'l1', not one of none, l2"
    )
    assert(
      refused("{ layer = a, batch-axis = last }") ===
        "features[0].batch-axis is 'last', neither an axis, counted from 0, nor none"
    )
    assert(
      refused("{ layer = a, batch-axis = 1, pool = avg }") ===
        "features[0].pool goes with batch-axis = 0 only"
    )
    assert(
      refused(
        "{ layer = a, pol = avg }"
      ) === "features[0].pol is no key of layertap; the nearest is 'pool'"
    )
  }

  test("half precision goes with arrays only") {
    assert(
      refused(
        "{ layer = a, as = vector, store = float16 }"
      ) === "features[0].store wants as = array"
    )
  }

  test("what names nothing, or two things, is refused") {
    val wanted = "features[0].layer needs exactly one of layer, index, graph-tensor or output"
    assert(refused("{ column = a }") === wanted)
    assert(refused("{ layer = a, index = 1 }") === wanted)
    assert(refused("{ layer = a, graph-tensor = b }") === wanted)
    assert(
      refused("{ graph-tensor = a, at = input }") === "features[0].at goes with layer or index only"
    )
    assert(refused("{ output = a, at = input }") === "features[0].at goes with layer or index only")
  }

  test("an index is a number") {
    val message = "not a whole number; name a layer with layer = …"
    assert(refused("{ index = conv2 }") === s"features[0].index is 'conv2', $message")
    assert(refused("{ index = 1.5 }") === s"features[0].index is '1.5', $message")
  }

  test("a selector of another form is refused with the form") {
    assert(
      refused("conv1, \"a:b:c\"") ===
        "features[1]: cannot read the selector 'a:b:c': it is not of the form" +
        " [path/]name[@call][:output]; for a raw tensor write { graph-tensor = \"a:b:c\" }"
    )
    assert(
      refused("{ layer = \"a@x\" }").startsWith("features[0].layer: cannot read the selector 'a@x'")
    )
    assert(
      refused("{ layer = a, at = inside }") ===
        "features[0].at: cannot read at = 'inside': it is not output, input, input:<n> or pre-activation"
    )
    assert(
      refused("{ layer = \"a:1\", at = input }") ===
        "features[0].layer: cannot read the selector 'a:1': ':1' names an output, but at = input;" +
        " leave one of them out"
    )
  }
}
