package layertap.fuzz

import layertap.spark.trial.TrialTest
import layertap.testing.TempFolder
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.concurrent.ExecutionContext.Implicits.global
import scala.concurrent.duration.Duration
import scala.concurrent.{Await, Future}

/** Damages stored models in many ways. `-Dfuzz.mutations=2000` for as many, `-Dfuzz.first=2000` for
  * the next ones.
  */
class FuzzTest extends AnyFunSuite {
  private val mutations: Int = Integer.getInteger("fuzz.mutations", 150)
  private val first: Int = Integer.getInteger("fuzz.first", 0)

  private lazy val fates: Seq[Fate] = {
    val run = new FuzzRun
    val lanes = Seq(0, 1).map(lane => Future(run.lane(first + lane, first + mutations, 2)))
    lanes.flatMap(Await.result(_, Duration.Inf))
  }

  test(s"$mutations damaged models are refused with a reason, or give TensorFlow's values") {
    val bad = fates.filter(fate => fate.kind == "wrong" || fate.kind == "unclear")
    assert(bad.isEmpty, bad.take(20).mkString("\n", "\n", "\n"))
    assert(fates.map(_.seed).sorted === (first until first + mutations))
  }

  test("the trial stops what ends a JVM, or does not end") {
    fates.filter(_.isFatal).foreach { fate =>
      info(fate.toString)
      val original = new FuzzCase(fate.model)
      TempFolder.use { folder =>
        Mutant.of(original, fate.seed).files.writeTo(folder)
        val source = TestData.load(fate.model)
        val (input, output) = (source.signature.inputs, source.signature.outputs)
        val refusal =
          TrialTest.refusal(folder, input.keySet.iterator.next, output.keySet.iterator.next)
        assert(refusal.startsWith("cannot run the model "), s"$fate: $refusal")
      }
    }
  }

  test("a refusal says what cannot be done") {
    val refusals = fates.filter(_.kind == "refused")
    // Either the model, or its rows, whose shape or values do not suit it any more.
    val reasons = Seq("cannot .*", "the model refuses the values: .*", "\\S+: a value of shape .*")
    val other =
      refusals.filterNot(fate => reasons.exists(reason => s"(?s)$reason".r.matches(fate.detail)))
    assert(other.isEmpty, other.take(20).mkString("\n", "\n", "\n"))
  }

  test("damage is neither always nor never fatal") {
    val counts = fates.groupBy(_.kind).view.mapValues(_.size).toMap
    info(counts.toString)
    Seq("same", "refused").foreach(kind => assert(counts(kind) > mutations / 10, s"$counts"))
  }
}
