package layertap.cli

import com.fasterxml.jackson.databind.ObjectMapper
import java.nio.file.Path
import layertap.jobs.Digits
import layertap.testing.Command
import layertap.testing.JobFolder
import org.scalatest.funsuite.AnyFunSuite

class PlanCommandTest extends AnyFunSuite {

  /** A place where no other suite writes to. */
  private val output = Seq("--set", "output.path=target/features/planned")

  private def plan(arguments: String*): Command =
    Command.run(
      Seq("plan", "conf/digits.conf", "--set", "run.trial-seconds=0") ++ output ++ arguments: _*
    )

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
    assert(lines.contains(Seq("input", "test-data/digits (parquet): 1 file, 77,328 bytes")))
    assert(lines.contains(Seq("kept", "id int, label int, split string")))
    assert(lines.contains(Seq("output", "target/features/planned: new")))
    assert(lines.contains(Seq("feed", "column", "conversion", "range", "tensor")))
    val feed =
      Seq("input = pixels", "pixels array<float>", "tensor", "as stored", "float32 (8, 8, 1)")
    assert(lines.contains(feed), command.out)
    val feature = Seq("features", "conv2", "digits_1/conv2_1/Relu:0", "float32", "(48)", "192")
    assert(lines.contains(feature), command.out)
    // conv1 416, bn1 64 and conv2 19,248 numbers of four bytes; the dense layer is not needed.
    assert(lines.contains(Seq("variables", "8", "2")), command.out)
    val bytes = 4 * (416 + 64 + 19248)
    assert(command.out.contains(f"variables: $bytes%,d bytes, read in 1 request of "), command.out)
    assert(
      command.out.contains(
        "largest activation for a batch of 256, the most that run.batch-size = auto takes;"
      ),
      command.out
    )
    // TensorFlow makes copies of constants, which variables as small as these are.
    val memory = f"about ${12 * bytes}%,d bytes of variables while the model is opened"
    assert(command.out.contains(memory), command.out)
    val trial = raw"advised: spark\.driver\.memoryOverhead=(\d+)m for a driver that tries the " +
      raw"model itself and takes about ([\d,]+) bytes beside its heap"
    val advised = trial.r.findFirstMatchIn(command.out).getOrElse(fail(command.out))
    val batch = """about ([\d,]+) bytes of inputs""".r.findFirstMatchIn(command.out).get.group(1)
    val taken = (640L << 20) + 12 * bytes + batch.replace(",", "").toLong
    assert(advised.group(2).replace(",", "").toLong === taken)
    assert((advised.group(1).toLong << 20) >= taken)
  }

  test("a fixed batch size is the one whose memory is shown") {
    val command = plan("--set", "run.batch-size=3")
    assert(command.out.contains("largest activation for a batch of 3; about "), command.out)
  }

  test("--json: the same for programs, the log apart") {
    val command = plan("--json", "--rows", "4")
    assert(command.code === 0, command.log)
    val json = new ObjectMapper().readTree(command.out)
    assert(json.get("model").asText === "test-data/models/digits_keras3")
    assert(json.get("fingerprint").asText.matches("[0-9a-f]{64}"))
    assert(json.get("plan").asText.matches("[0-9a-f]{64}"))
    assert(json.get("memory").get("batch-rows").asInt === 256)
    assert(json.get("input").asText === "test-data/digits (parquet): 1 file, 77,328 bytes")
    assert(json.get("kept").toString === """["id int","label int","split string"]""")
    assert(json.get("output").asText === "target/features/planned: new")
    assert(
      json
        .get("feeds")
        .toString === """[{"feed":"input = pixels","column":"pixels array<float>",""" +
        """"conversion":"tensor","range":"as stored","tensor":"float32 (8, 8, 1)"}]"""
    )
    assert(
      json.get("features").toString === """[{"column":"features","selector":"conv2",""" +
        """"tensor":"digits_1/conv2_1/Relu:0","dtype":"float32","shape":"(48)","bytes":192}]"""
    )
    assert(json.get("variables").get("kept").asInt === 8)
    assert(json.get("variables").get("dropped").asInt === 2)
    assert(json.get("variables").get("bytes").asInt === 4 * (416 + 64 + 19248))
    assert(json.get("memory").get("opening-bytes").asInt === 12 * 4 * (416 + 64 + 19248))
    val trial = json.get("memory").get("trial-bytes").asLong
    assert(trial > (640L << 20) + 12 * 4 * (416 + 64 + 19248))
    assert(json.get("memory").get("driver-overhead-bytes").asLong >= trial)
    assert(json.get("gradients").isNull)
    assert(json.get("ranges").get(0).get("feed").asText === "input = pixels")
    assert(json.get("ranges").get(0).get("low").asDouble === 0)
    val gradient = "{ gradient { of = dense, class = top, wrt = pixels }, column = g }"
    val open =
      new ObjectMapper().readTree(plan(features(gradient) :+ "--json" :+ "--no-input": _*).out)
    assert(open.get("gradients").get("ops").asInt > 0)
    assert(open.get("kept").size === 0)
  }

  private def feedLines(out: String): Seq[Seq[String]] =
    out.linesIterator
      .dropWhile(!_.startsWith("feed "))
      .drop(1)
      .takeWhile(_.nonEmpty)
      .map(_.trim.split(" {2,}").toSeq)
      .toSeq

  private def feedLines(
      model: String,
      feature: String,
      feeds: String,
      rest: String*
  ): Seq[Seq[String]] = {
    val settings = Seq(
      s"model.path=test-data/models/$model",
      s"features=[$feature]",
      s"feeds=[$feeds]",
      "input.format=parquet",
      "input.path=test-data/digits",
      "input.where=null"
    )
    val command = plan((settings ++ rest).flatMap(Seq("--set", _)): _*)
    assert(command.code === 0, command.log)
    feedLines(command.out)
  }

  test("a feed of images: its size, its preprocessing, and between which numbers its pixels are") {
    val image = feedLines(
      "any_size_keras3",
      "conv",
      "{ input = image, column = x, image { size = [32, 24], fit = crop, preprocessing = tf } }",
      "input.select.x=cast('x' as binary)"
    )
    val conversion = "image 32 x 24, fit crop, preprocessing tf"
    assert(
      image === Seq(Seq("input = image", "x binary", conversion, "-1 … 1", "float32 (32, 24, 3)"))
    )
    val paths = feedLines(
      "any_size_keras3",
      "conv",
      "{ input = image, column = x, image { fit = none, holds = paths, scale = 0.5, channels = bgr } }",
      "input.select.x=split"
    )
    val ownSize = "image of its own size, of paths, bgr, scale 0.5"
    assert(
      paths === Seq(Seq("input = image", "x string", ownSize, "0 … 127.5", "float32 (?, ?, 3)"))
    )
  }

  test("a feed of sequences: its length, what is added, and what its type says of the numbers") {
    def lines(sequence: String, select: String) = feedLines(
      "lstm_keras3",
      "\"lstm:hidden\"",
      s"{ input = events, column = x, sequence { $sequence } }",
      s"input.select.x=$select"
    )
    assert(
      lines("pad = pre, value = -1", "array(array_repeat(cast(1 as tinyint), 100))").map(
        _.drop(1)
      ) ===
        Seq(
          Seq(
            "x array<array<tinyint>>",
            "sequence of 10 steps, pad pre, truncate post",
            "-128 … 127; -1 in added steps",
            "float32 (10, 100)"
          )
        )
    )
  }

  test("--no-input leaves the input out, and asks the output's path all the same") {
    val command = plan("--no-input", "--set", "input.path=nowhere", "--set", "input.keep=[no]")
    assert(command.code === 0, command.log)
    val lines = command.out.linesIterator.toSeq
    assert(lines.contains("input        nowhere (parquet), not looked at"), command.out)
    assert(lines.contains("output       target/features/planned: new"), command.out)
    assert(!lines.exists(_.startsWith("kept  ")))
    val feed = Seq("input = pixels", "pixels", "tensor", "as stored", "float32 (8, 8, 1)")
    assert(feedLines(command.out) === Seq(feed))
    assert(
      refused("--no-input", "--set", "output.path=conf", "--set", "output.mode=error") ===
        "cannot write to conf: it is there already; set output.mode to overwrite, or another" +
        " output.path"
    )
    val table = plan(
      "--no-input",
      "--set",
      "output.path=null",
      "--set",
      "output.mode=append",
      "--set",
      "output.table=a.b"
    )
    assert(table.out.linesIterator.contains("output       the table a.b, not looked at"), table.log)
  }

  test("--no-input tells another plan's output all the same") {
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), "--set", "input.where=id < 3")
      val file = folder.write(Digits.job()).toString
      def planned(features: String) = Command.run(
        Seq("plan", file, "--no-input", "--set", s"output.path=${folder.output}") ++
          Seq("output.mode=append", "run.trial-seconds=0", s"features=[$features]")
            .flatMap(Seq("--set", _)): _*
      )
      assert(planned("softmax").code === 0)
      val other = planned("conv2")
      assert(other.code === 2)
      assert(other.message.contains("its features were made by another plan"), other.message)
    }
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
