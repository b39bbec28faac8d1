package layertap.model.select

import layertap.failure.UserException
import layertap.model.select.Selector.{ByIndex, ByName, Side}
import layertap.model.select.SelectorParser.At
import org.scalatest.funsuite.AnyFunSuite

class SelectorParserTest extends AnyFunSuite {
  private val any = ByName.ANY

  private def refused(body: => Any): String = intercept[UserException](body).getMessage

  private def parse(text: String, at: At = At.OUTPUT): Selector = SelectorParser.parse(text, at)

  private def named(path: String, call: Int = any, port: String = "", side: Side = Side.OUTPUT) =
    new ByName(path, call, port, side)

  private def indexed(index: Int, call: Int = any, port: String = "") =
    new ByIndex(index, call, port, Side.OUTPUT)

  Seq(
    "conv2" -> named("conv2"),
    "encoder/conv1" -> named("encoder/conv1"),
    "proj@1" -> named("proj", 1),
    "encoder/proj@0:2" -> named("encoder/proj", 0, "2"),
    "lstm:1" -> named("lstm", port = "1"),
    "lstm:hidden" -> named("lstm", port = "hidden"),
    "block_*_project" -> named("block_*_project"),
    "**" -> named("**"),
    "*@1:cell" -> named("*", 1, "cell"),
    "conv 1" -> named("conv 1"),
    " conv2 " -> named("conv2"),
    "-2" -> indexed(-2),
    "0" -> indexed(0),
    "2@1:0" -> indexed(2, 1, "0"),
    "123456" -> indexed(123456),
    "1234567" -> named("1234567"),
    "-a" -> named("-a")
  ).foreach { case (text, selector) => test(s"'$text'")(assert(parse(text) === selector)) }

  Seq("proj@1", "lstm:hidden", "-2", "2@1:0", "a/b@0:1", "**").foreach { text =>
    test(s"the text of '$text' is what was written")(assert(parse(text).text === text))
  }

  Seq("", " ", "proj@", "proj@x", "proj@-1", "proj@1234567", "a:b:c", "a:", ":0", "a@1@2", "a:0@1")
    .foreach { text =>
      test(s"'$text' is no selector") {
        assert(
          refused(parse(text)) === s"cannot read the selector '$text': it is not of the form " +
            s"""[path/]name[@call][:output]; for a raw tensor write { graph-tensor = "$text" }"""
        )
      }
    }

  test("globs are told from names") {
    assert(Seq("a*", "a?", "**").forall(text => named(text).isGlob))
    assert(!named("a/b").isGlob)
  }

  Seq(
    "output" -> At.OUTPUT,
    "input" -> new At(Side.INPUT, ""),
    "input:1" -> new At(Side.INPUT, "1"),
    "pre-activation" -> new At(Side.PRE_ACTIVATION, "")
  ).foreach { case (text, at) =>
    test(s"at = $text")(assert(SelectorParser.parseAt(text) === at))
  }

  Seq("", "in", "input:", "input:x", "input:-1", "output:1", "Input", "pre_activation").foreach {
    text =>
      test(s"at = '$text' is no side") {
        assert(
          refused(
            SelectorParser.parseAt(text)
          ) === s"cannot read at = '$text': it is not output, " +
            "input, input:<n> or pre-activation"
        )
      }
  }

  test("a side other than the output goes with name, call and index") {
    assert(parse("proj@1", new At(Side.INPUT, "2")) === named("proj", 1, "2", Side.INPUT))
    assert(
      parse("-1", new At(Side.PRE_ACTIVATION, "")) ===
        new ByIndex(-1, any, "", Side.PRE_ACTIVATION)
    )
  }

  Seq("input" -> "", "input:1" -> "1").foreach { case (at, position) =>
    test(s"an output at = $at") {
      assert(
        refused(parse("lstm:1", new At(Side.INPUT, position))) === "cannot read the selector " +
          s"'lstm:1': ':1' names an output, but at = $at; leave one of them out"
      )
    }
  }
}
