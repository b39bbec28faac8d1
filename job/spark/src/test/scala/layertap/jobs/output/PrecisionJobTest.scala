package layertap.jobs.output

import layertap.jobs.Digits
import layertap.jobs.Digits.{expected, set}
import layertap.plan.precision.Precision
import layertap.tensorflow.TensorFlowRuntime
import layertap.testing.JobFolder
import org.scalatest.funsuite.AnyFunSuite

/** `run.precision`: jobs whose products are computed in bfloat16. */
class PrecisionJobTest extends AnyFunSuite {
  private val forced = set("run.precision=forced-bfloat16")

  private def part(from: Int, to: Int): Seq[String] =
    set("output.mode=append", s"input.where=id >= $from and id < $to")

  private def precision(folder: JobFolder): String =
    folder.manifest.get("versions").get("engine").get("precision").asText

  private def obstacle = Precision.obstacle(TensorFlowRuntime.settings.oneDnn)

  private def numbers(values: Seq[Any]): Seq[Float] =
    values.head.asInstanceOf[collection.Seq[Float]].toSeq

  private def cosine(a: Seq[Float], b: Seq[Float]): Double = {
    def product(x: Seq[Float], y: Seq[Float]) = x.lazyZip(y).map(_.toDouble * _).sum
    product(a, b) / math.sqrt(product(a, a) * product(b, b))
  }

  test("features have the cosine with float32 that is promised; the manifest says bfloat16") {
    JobFolder.use { folder =>
      val rows = folder.extracted(Digits.job(), part(0, 40) ++ forced: _*).collect().toSeq
      val found = Digits.features(rows)
      assert(found.size === 40)
      val wanted = expected(40)
      found.foreach { case (id, values) =>
        val close = cosine(numbers(values), numbers(wanted(id)))
        assert(close >= Precision.LEAST_COSINE, s"$id: $close")
      }
      val largest = found.map { case (id, values) =>
        numbers(values).lazyZip(numbers(wanted(id))).map((a, b) => math.abs(a - b)).max
      }.max
      assert(largest > 1e-5, "fewer bits round more")
      assert(precision(folder) === "bfloat16")
    }
  }

  test("rows are added in the precision of those that are there, or refused") {
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), part(0, 10) ++ forced: _*)
      val auto = folder.extract(Digits.job(), part(10, 20) ++ set("run.precision=auto"): _*)
      assert(auto.code === (if (obstacle.isPresent) 2 else 0), auto.log)
      assert(obstacle.isEmpty || auto.message.startsWith("cannot compute in bfloat16: "))
      assert(folder.extracted(Digits.job(), part(20, 30) ++ forced: _*).count() >= 20)
      assert(precision(folder) === "bfloat16")
      val other = folder.extract(Digits.job(), part(30, 40): _*)
      assert(other.code === 2)
      assert(
        other.message.contains("features, run.optimize or run.precision differ"),
        other.message
      )
    }
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), part(0, 10): _*)
      folder.extracted(Digits.job(), part(10, 20) ++ set("run.precision=auto"): _*)
      assert(precision(folder) === "float32")
      assert(folder.extract(Digits.job(), part(20, 30) ++ forced: _*).code === 2)
    }
  }

  test("without instructions for it a job is refused, and auto stays float32") {
    JobFolder.use { folder =>
      val asked = folder.extract(Digits.job(), set("run.precision=bfloat16"): _*)
      assert(asked.code === (if (obstacle.isPresent) 2 else 0))
      obstacle.ifPresent { fact =>
        assert(
          asked.message === s"cannot compute in bfloat16: $fact; set run.precision = auto, or" +
            " forced-bfloat16 to do so all the same, far slower"
        )
      }
      val auto = set("run.precision=auto", "output.mode=overwrite")
      assert(folder.extracted(Digits.job(), auto: _*).count() === expected(Int.MaxValue).size)
      assert(obstacle.isEmpty || precision(folder) === "float32")
    }
  }

  test("gradients are refused") {
    JobFolder.use { folder =>
      val gradient = "features=[{ gradient { of = dense, class = top, wrt = conv2 }, column = g }]"
      val refused = folder.extract(Digits.job(), set(gradient) ++ forced: _*)
      assert(refused.code === 2)
      assert(
        refused.message === "cannot compute in bfloat16: 'gradient of dense, class top, with" +
          " respect to conv2' is a gradient, which takes float32; extract it in a job of its own," +
          " or set run.precision = float32"
      )
    }
  }
}
