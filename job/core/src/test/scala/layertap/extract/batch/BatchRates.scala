package layertap.extract.batch

import layertap.input.value.NumberList
import layertap.plan.{BatchMemory, ExtractionPlan}
import scala.jdk.CollectionConverters._
import scala.util.{Random, Using}

/** How fast rows of numbers go through a model in batches of several sizes, and in those of
  * `run.batch-size = auto`, in turns, for the benchmark.
  *
  * {{{
  * CONF CALLERS SECONDS ROUNDS SIZES…
  * }}}
  *
  * CONF has `run.batch-size = auto`. Each size runs for so many seconds in each round; `auto`
  * begins anew each time, and what it chose runs as long as a size once it is chosen. Prints JSON:
  * rows/s of all, by sizes; `auto` from its first row to its choice, what it chose, and what it may
  * try.
  */
object BatchRates {
  private val differentRows = 16

  def main(arguments: Array[String]): Unit = {
    val Array(configuration, callersText, secondsText, roundsText) = arguments.take(4)
    val sizes = arguments.drop(4).map(_.toInt).toSeq
    val planned = PlannedFile.load(configuration)
    val plan = planned.plan
    val rows = differentRowsOf(plan)
    val open = planned.open(_)
    Using.resource(open(BatchSizes.always(plan.batchSize))) { extractor =>
      val runs = new ExtractorRuns(rows, callersText.toInt, (secondsText.toDouble * 1e9).toLong)
      sizes.foreach(size => runs.rate(extractor, () => size))
      val rounds = (1 to roundsText.toInt).map { _ =>
        val fixed = sizes.map(size => size -> runs.rate(extractor, () => size))
        Using.resource(open(new BatchChoices().of("", plan.batchSize))) { probing =>
          val auto = runs.untilChosen(probing)
          val chosen = probing.batchSizes.chosen.getAsInt
          val round = (fixed, auto, chosen, runs.rate(extractor, () => chosen))
          System.err.println(round)
          round
        }
      }
      println(json(rounds, sizes, BatchMemory.of(plan).rows))
    }
  }

  private type Round = (Seq[(Int, Double)], Double, Int, Double)

  private def json(rounds: Seq[Round], sizes: Seq[Int], most: Int): String = {
    val fixed = sizes.map { size =>
      s""""$size": ${list(rounds.map(_._1.toMap.apply(size)))}"""
    }
    s"""{${fixed.mkString(", ")}, "most": $most, "until": ${list(rounds.map(_._2))},
       | "chosen": ${list(rounds.map(_._3))}, "auto": ${list(rounds.map(_._4))}}""".stripMargin
  }

  private def list(values: Seq[Any]) = values.mkString("[", ", ", "]")

  /** Numbers from 0 to 1, of the shapes of the plan. */
  private def differentRowsOf(plan: ExtractionPlan): IndexedSeq[Array[AnyRef]] = {
    val random = new Random(7)
    (1 to differentRows).map { _ =>
      plan.feeds.asScala.map { feed =>
        val count = feed.rowShape.elementCount.toInt
        new NumberList(Array.fill(count)(random.nextFloat())): AnyRef
      }.toArray
    }
  }
}
