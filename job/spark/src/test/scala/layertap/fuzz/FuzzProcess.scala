package layertap.fuzz

import layertap.tensorflow.OriginalModel
import layertap.tensorflow.TensorFlowRuntime
import layertap.testing.TempFolder
import scala.util.Try

/** Runs mutants one after the other and prints what becomes of each; a JVM that may crash. */
object FuzzProcess {
  private val cases = scala.collection.mutable.Map.empty[String, FuzzCase]

  /** Runs the mutants with the seeds from `arguments(0)` until `arguments(1)`, each
    * `arguments(2)`th.
    */
  def main(arguments: Array[String]): Unit = {
    TensorFlowRuntime.start(1)
    val Array(from, until, step) = arguments.take(3).map(_.toInt)
    val models = FuzzCase.models.toIndexedSeq
    (from until until by step).foreach { seed =>
      val model = models(seed % models.size)
      val original = cases.getOrElseUpdate(model, new FuzzCase(model))
      original.features
      val mutant = Mutant.of(original, seed)
      report(s"start\t$seed\t$model\t${oneLine(mutant.what)}")
      val (kind, detail) = run(original, mutant, seed)
      report(s"end\t$seed\t$kind\t${oneLine(detail)}")
    }
    report("done")
  }

  private def run(original: FuzzCase, mutant: Mutant, seed: Int): (String, String) =
    try
      original.of(mutant.files, mutant.topology) match {
        case Left(refusal)   => ("refused", refusal)
        case Right(features) =>
          val differing = features.filter { case (column, values) =>
            original.features.get(column).exists(!same(_, values)) &&
            !(mutant.topology.isDefined && original.listed.get(column).exists(same(_, values))) &&
            !isSameCallTwice(original, mutant, column, values)
          }
          if (differing.isEmpty) ("same", "")
          else if (mutant.computesLike(original))
            ("wrong", "other tensors under the names " + differing.keys.toSeq.sorted.mkString(", "))
          else {
            report(s"judge\t$seed")
            judge(original, mutant, features, differing.keys.toSeq)
          }
      }
    catch {
      case e: Throwable => ("unclear", e.toString + " " + e.getStackTrace.take(12).mkString(" < "))
    }

  /** A topology that lists a call twice says that the second has the value of the first. */
  private def isSameCallTwice(
      original: FuzzCase,
      mutant: Mutant,
      column: String,
      values: Seq[Double]
  ): Boolean = {
    val layer = column.replaceFirst("_\\d+$", "")
    mutant.topology.isDefined && mutant.what.contains(" doubles: ") &&
    original.features.exists { case (other, first) =>
      other.replaceFirst("_\\d+$", "") == layer && same(first, values)
    }
  }

  /** A model with another stride is another model: TensorFlow itself says what it gives, be it with
    * its rewriting of graphs or without, which may be a number or none where layers are fused.
    */
  private def judge(
      original: FuzzCase,
      mutant: Mutant,
      features: Map[String, Seq[Double]],
      differing: Seq[String]
  ): (String, String) =
    TempFolder.use { folder =>
      mutant.files.writeTo(folder)
      val answers = Seq(OriginalModel.asItStands, OriginalModel.optimized)
        .map(config => Try(OriginalModel.outputs(folder, original.inputs, config)))
      val found = answers.flatMap(_.toOption)
      if (found.isEmpty) ("undecided", answers.head.failed.get.getMessage)
      else {
        val wrong = differing.filter { column =>
          val expected = found.flatMap(_.get(column.stripPrefix(FuzzCase.Output)))
          expected.nonEmpty && !expected.exists(same(_, features(column)))
        }
        if (wrong.isEmpty) ("other", differing.mkString(", "))
        else ("wrong", wrong.mkString(", "))
      }
    }

  private def same(expected: Seq[Double], values: Seq[Double]): Boolean =
    expected.size == values.size && {
      val scale = expected.filter(_.abs <= Double.MaxValue).map(_.abs).maxOption.getOrElse(0.0)
      expected.zip(values).forall { case (a, b) =>
        // Also NaN for NaN, infinite for infinite.
        a.compare(b) == 0 || math.abs(a - b) <= 1e-5 * math.max(1e-30, scale)
      }
    }

  private def report(line: String): Unit = {
    println("fuzz\t" + line)
    System.out.flush()
  }

  private def oneLine(text: String): String =
    text.replaceAll("\\s+", " ").take(1000)
}
