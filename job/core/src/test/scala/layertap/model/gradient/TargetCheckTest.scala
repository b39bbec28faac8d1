package layertap.model.gradient

import java.util.List.{of => list}
import layertap.failure.UserException
import layertap.graph.{TensorId, TensorShape}
import layertap.graph.Graphs.shape
import layertap.model.cut.CutTap
import layertap.model.select.Tap
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType

/** What cannot be differentiated as asked for is refused with what would do. */
class TargetCheckTest extends AnyFunSuite {
  private val Float = DataType.DT_FLOAT

  private def tap(name: String, shape: TensorShape, dtype: DataType = Float): CutTap = {
    val tensor = new TensorId(name, 0)
    new CutTap(new Tap(name, "", tensor, name), tensor, dtype, shape)
  }

  private val scores = tap("scores", shape(-1, 10))
  private val maps = tap("maps", shape(-1, 4, 5, 3))

  private def refusal(
      of: CutTap = scores,
      scoreClass: ScoreClass = new ScoreClass.Top,
      wrt: Seq[CutTap] = Seq(maps),
      form: GradientForm = new GradientForm.Plain
  ): String = {
    val taps = java.util.Arrays.asList(wrt: _*)
    val thrown = intercept[UserException](
      TargetCheck.require("g", new GradientTarget(of, scoreClass, taps, form))
    )
    thrown.getMessage.stripPrefix("cannot compute the gradient 'g': ")
  }

  test("scores of whole numbers, or without an axis of classes") {
    assert(
      refusal(of = tap("ids", shape(-1, 10), DataType.DT_INT64)) === "'ids' is of int64, which" +
        " nothing differentiates; name scores of floating-point numbers in of"
    )
    Seq(TensorShape.unknown -> "?", shape() -> "()").foreach { case (open, text) =>
      val found = refusal(of = tap("loss", open))
      assert(
        found === s"'loss' has the shape ${open.toString}, in which no axis is that of the scores;" +
          " name a tensor [rows, …, classes] in of",
        text
      )
    }
  }

  test("a class that no number of scores allows to check") {
    val open = tap("open", shape(-1, -1))
    val unsaid =
      "the file does not say how many scores 'open' has, so no class can be checked; set" +
        " class = top"
    assert(refusal(of = open, scoreClass = new ScoreClass.Fixed(1)) === unsaid)
    assert(refusal(of = open, scoreClass = new ScoreClass.InColumn("label")) === unsaid)
    assert(
      refusal(
        of = open,
        scoreClass = new ScoreClass.Only
      ) === "'open' has any number of scores for a" +
        " row; set class = top, a number from 0, or { column = … }"
    )
    assert(
      refusal(
        of = tap("one", shape(-1)),
        scoreClass = new ScoreClass.Fixed(1)
      ) === "class = 1, but" +
        " 'one' has 1 score; name a class from 0 to 0"
    )
  }

  test("tensors whose gradients have no sum") {
    assert(
      refusal(wrt =
        Seq(maps, tap("other", shape(-1, 4, 5, 3), DataType.DT_HALF))
      ) === "'maps' is of" +
        " float32, 'other' of float16, so their gradients have no sum; name calls of one dtype"
    )
  }

  test("a map of what has no space, or of another number of axes than a size says") {
    val cam = new GradientForm.GradCam(list())
    assert(
      refusal(
        wrt = Seq(tap("flat", shape(-1, 48))),
        form = cam
      ) === "a map needs a tensor with axes" +
        " between rows and channels, and 'flat' has the shape (?, 48); name the output of a" +
        " convolution, or a sequence of steps, in wrt"
    )
    val sized = new GradientForm.GradCam(list[Integer](8, 8))
    assert(
      refusal(
        wrt = Seq(tap("volume", shape(-1, 2, 4, 5, 3))),
        form = sized
      ) === "size = [8, 8] is of" +
        " a map with height and width, and 'volume' has the shape (?, 2, 4, 5, 3); leave size out"
    )
  }

  test("texts of targets, which messages and fingerprints use") {
    val target = new GradientTarget(
      scores,
      new ScoreClass.InColumn("label"),
      list(maps, tap("maps@1", shape(-1, 4, 5, 3))),
      new GradientForm.Integrated(16, 0.5)
    )
    TargetCheck.require("g", target)
    assert(
      target.text === "gradient of scores, class { column = label }, with respect to maps + maps@1"
    )
    assert(target.classCount === 10)
    assert(
      target.described.toString === "{of=scores, of-tensor=scores:0, class={ column = label }," +
        " wrt=[maps, maps@1], wrt-tensors=[maps:0, maps@1:0], method=integrated, steps=16, baseline=0.5}"
    )
    assert(new GradientForm.TimesInput().described.toString === "{method=times-input}")
    assert(
      new GradientForm.GradCam(
        list[Integer](8, 9)
      ).described.toString === "{method=grad-cam, size=[8, 9]}"
    )
  }
}
