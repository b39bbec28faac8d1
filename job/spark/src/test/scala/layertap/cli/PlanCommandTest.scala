package layertap.cli

import java.nio.file.Path
import layertap.testing.Command
import layertap.testing.JobFolder
import org.scalatest.funsuite.AnyFunSuite

class PlanCommandTest extends AnyFunSuite {
  private def plan(arguments: String*): Command =
    Command.run(Seq("plan", "conf/digits.conf") ++ arguments: _*)

  private def refused(arguments: String*): String = {
    val command = plan(arguments: _*)
    assert(command.code === 2, command.log)
    assert(command.out === "")
    command.message
  }

  private def features(list: String): Seq[String] = Seq("--set", s"features=[$list]")

  test("feeds, features, kept and dropped, bytes to read, memory") {
    val command = plan()
    assert(command.code === 0)
    val lines = command.out.linesIterator.map(_.trim.split(" {2,}").toSeq).toSeq
    assert(lines.head === Seq("model", "test-data/models/digits_keras3"))
    assert(lines(1)(1).matches("[0-9a-f]{64}"))
    assert(lines.contains(Seq("input = pixels", "pixels", "float32", "(8, 8, 1)")))
    val feature = Seq("features", "conv2", "digits_1/conv2_1/Relu:0", "float32", "(48)", "192")
    assert(lines.contains(feature), command.out)
    // conv1 416, bn1 64 and conv2 19,248 numbers of four bytes; the dense layer is not needed.
    assert(lines.contains(Seq("variables", "8", "2")), command.out)
    val bytes = 4 * (416 + 64 + 19248)
    assert(command.out.contains(f"variables: $bytes%,d bytes, read in 1 request of "), command.out)
    assert(command.out.contains("for a batch of 8"), command.out)
    // TensorFlow makes copies of constants, which variables as small as these are.
    val memory = f"about ${12 * bytes}%,d bytes of variables while the model is opened"
    assert(command.out.contains(memory), command.out)
  }

  test("the input is not looked for") {
    assert(plan("--set", "input.path=nowhere").code === 0)
  }

  test("the plan's fingerprint changes with the plan, not with where rows come from and go") {
    def fingerprint(arguments: String*): String =
      plan(arguments: _*).out.linesIterator.find(_.startsWith("plan ")).get
    val same = fingerprint()
    assert(fingerprint("--set", "input.where=true", "--set", "output.path=elsewhere") === same)
    assert(fingerprint("--set", "run.batch-size=3") === same)
    assert(fingerprint(features("conv2"): _*) !== same)
    assert(fingerprint("--set", "model.path=test-data/models/digits_keras2") !== same)
  }

  test("layers that are not there, or not to be told apart") {
    assert(refused(features("conv3"): _*).contains("nearest: conv"))
    val index = refused(features("-2"): _*)
    assert(
      index.startsWith("cannot find the layer with index -2: this export does not hold the list")
    )
    val keras2 = Seq("--set", "model.path=test-data/models/digits_keras2")
    val outOfRange = refused(features("99") ++ keras2: _*)
    assert(outOfRange.contains("99") && outOfRange.contains("-"), outOfRange)
    assert(refused(features("\"nope*\""): _*).contains("nope*"))
    assert(refused(features("{ graph-tensor = nope }"): _*).contains("nope"))
    assert(refused(features("{ output = nope }"): _*).contains("output_0"))
  }

  test("columns of equal names ask for another one") {
    JobFolder.use { folder =>
      val twice = "features=[softmax, { layer = dense, column = Softmax }]"
      val command = folder.extractFile(
        Path.of("conf/digits.conf"),
        "--set",
        twice
      )
      assert(command.code === 2)
      assert(
        command.message === "cannot name the column of 'dense': another feature is called" +
          " 'Softmax' too (upper and lower case count as equal); write { layer = dense, column =" +
          " Softmax_1 }"
      )
      val kept = folder.extractFile(
        Path.of("conf/digits.conf"),
        "--set",
        "features=[{ output = output_0, column = label }]"
      )
      assert(
        kept.message === "cannot name the column of 'output_0': a column of input.keep is called" +
          " 'label' too (upper and lower case count as equal); write { output = output_0, column =" +
          " label_1 }, or leave it out of input.keep"
      )
    }
    assert(
      refused(features("{ layer = \"*\", column = all }"): _*) ===
        "cannot name the columns of '*': it stands for 6 tensors and column is one name; leave" +
        " column out"
    )
  }

  test("feeds that are missing, unknown, or of the wrong shape") {
    val none = refused("--set", "feeds=[]")
    assert(none.contains("pixels"), none)
    val unknown = refused("--set", "feeds=[{ input = pixel, column = pixels }]")
    assert(unknown.contains("pixels"), unknown)
    assert(
      refused(
        "--set",
        "feeds=[{ input = pixels, column = pixels, tensor { shape = [7, 8, 1] } }]"
      ) ===
        "cannot feed input = pixels: a row would have the shape (7, 8, 1), the model takes" +
        " (8, 8, 1); set tensor { shape = [...] } to it"
    )
    assert(
      refused("--set", "feeds=[{ input = pixels, column = pixels, image {} }]") ===
        "cannot feed images to input = pixels: it takes float32 of shape (8, 8, 1), not images" +
        " [height, width, 3] of numbers that hold 0 to 255; convert with tensor or sequence, or set" +
        " image { channels = … }"
    )
  }

  test("options that a feature's tensor does not allow") {
    assert(
      refused(features("{ layer = dense, pool = avg }"): _*)
        .startsWith("cannot pool the feature 'dense'")
    )
    assert(
      refused(features("{ layer = softmax, store = float16, as = vector }"): _*)
        .contains("wants as = array")
    )
  }
}
