package layertap.fuzz

import layertap.tensorflow.{OriginalModel, TensorFlowRuntime}
import layertap.testing.TempFolder
import scala.util.{Failure, Success, Try}

/** Runs mutants one after the other and prints what becomes of each; a JVM that may crash. */
object FuzzProcess {
  private val cases = scala.collection.mutable.Map.empty[String, FuzzCase]

  /** Runs the mutants with the seeds from `arguments(0)` until `arguments(1)`, each
    * `arguments(2)`th.
    */
  def main(arguments: Array[String]): Unit = {
    TensorFlowRuntime.start(1)
    val Array(from, until, step) = arguments.take(3).map(_.toInt)
    val models = arguments.drop(3).toIndexedSeq
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
      FuzzCase.features(mutant.files, original.inputs, mutant.topology) match {
        case Left(refusal)   => ("refused", refusal)
        case Right(features) =>
          val differing = features.filter { case (column, values) =>
            original.features.get(column).exists(!same(_, values))
          }
          if (differing.isEmpty) ("same", "")
          else {
            report(s"judge\t$seed")
            judge(original, mutant, features, differing.keys.toSeq)
          }
      }
    catch {
      case e: Throwable => ("unclear", e.toString + " " + e.getStackTrace.take(12).mkString(" < "))
    }

  /** A model with another stride is another model: TensorFlow itself says what it gives. */
  private def judge(
      original: FuzzCase,
      mutant: Mutant,
      features: Map[String, Seq[Double]],
      differing: Seq[String]
  ): (String, String) =
    TempFolder.use { folder =>
      mutant.files.writeTo(folder)
      Try(OriginalModel.outputs(folder, original.inputs)) match {
        case Failure(refusal) => ("undecided", refusal.getMessage)
        case Success(outputs) =>
          val wrong = differing.filter(column =>
            outputs.get(column.stripPrefix(FuzzCase.Output)).exists(!same(_, features(column)))
          )
          if (wrong.isEmpty) ("other", differing.mkString(", "))
          else ("wrong", wrong.mkString(", "))
      }
    }

  private def same(expected: Seq[Double], values: Seq[Double]): Boolean =
    expected.size == values.size && {
      val scale = math.max(1e-30, expected.map(math.abs).max)
      expected.zip(values).forall { case (a, b) => math.abs(a - b) <= 1e-5 * scale }
    }

  private def report(line: String): Unit = {
    println("fuzz\t" + line)
    System.out.flush()
  }

  private def oneLine(text: String): String =
    text.replaceAll("\\s+", " ").take(1000)
}
