package layertap

import java.io.File
import java.nio.file.{Files, Path}
import layertap.cli.inspect.InspectedLayers
import layertap.model.layers.keras.TopologyFile
import layertap.testing.Extraction.{Compared, Outcome}
import layertap.model.cut.ModelCutter
import layertap.model.select.SelectorParser
import layertap.model.select.SelectorParser.At
import layertap.testing.Answer
import layertap.testing.Extraction
import layertap.testing.RefusedGradients
import layertap.testing.Setting
import layertap.testing.StoredAnswers
import layertap.testing.TapeGradients
import org.scalatest.BeforeAndAfterAll
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Try

/** Every answer of the models in the folders that the system property `parity.models` names, which
  * the scripts in `scripts/parity` make: found, equal, or refused for a reason that is listed here.
  */
class ParityTest extends AnyFunSuite with BeforeAndAfterAll {

  private val models: Seq[Path] =
    Setting
      .of("parity.models")
      .toSeq
      .flatMap(_.split(File.pathSeparator))
      .flatMap(folder => find(Path.of(folder)))

  private var totals = Counts(0, 0, 0, 0)

  private case class Counts(answers: Int, found: Int, equal: Int, refused: Int) {
    def +(other: Counts): Counts =
      Counts(
        answers + other.answers,
        found + other.found,
        equal + other.equal,
        refused + other.refused
      )

    override def toString: String =
      s"$answers answers, $found found, $equal equal, $refused refused"
  }

  models.foreach { model =>
    test(s"${model.getParent.getFileName}/${model.getFileName}") {
      val alone = problems(model, None)
      val listed =
        StoredAnswers.topology(model).toSeq.flatMap(topology => problems(model, Some(topology)))
      val all = alone ++ listed ++ optimized(model) ++ gradients(model)
      if (all.nonEmpty) fail(all.mkString("\n  ", "\n  ", ""))
    }
  }

  override protected def afterAll(): Unit =
    if (models.nonEmpty) info(s"${models.size} models: $totals")

  /** Some layers by a graph that was rewritten for speed: a tensor that is tapped is not folded
    * away. Then the last one alone, before which all may be.
    */
  private def optimized(model: Path): Seq[String] = {
    val last = StoredAnswers.of(model).answers.size - 1
    Seq((0, 9), (0, 4), (last, last + 1))
      .flatMap { case (first, spacing) =>
        Extraction.compareOptimized(model, first, spacing).compared
      }
      .filterNot(compared => compared.difference <= boundOfOptimized(compared.answer))
      .map(compared => s"optimized: differs: ${describe(compared)}")
  }

  /** It may be as far from the exact graph as that is from Keras. Deep networks of sigmoids amplify
    * what a processor's kernels round (EfficientNetB0: 2e-4 with AVX-512, which a job's self-check
    * sees to); a scale or a shift that is lost changes far more.
    */
  private def boundOfOptimized(answer: Answer): Double =
    answer.bound * (if (answer.depth > 50) 10 else 2)

  /** Derivatives by every third layer: equal, or refused for a reason that is listed. A layer that
    * the file does not show is refused as it is among the answers.
    */
  private def gradients(model: Path): Seq[String] =
    if (!TapeGradients.isStored(model)) Nil
    else {
      val outcome = TapeGradients.compare(model)
      val worst = outcome.worst.fold("none")(each => s"${each.wrt} ${each.result}")
      info(s"${outcome.compared.size} gradients; worst $worst")
      val wrong = outcome.compared.filterNot(_.isEqual).map(each => s"gradient: $each")
      val known = ExplainedRefusals.of(model, hasOps = true, outcome.isJoined)
      val unseen = unexplained(outcome.unseen)(nameOf(_, known))
      wrong ++ unseen ++ unexplained(outcome.refused)(_ => None)
    }

  private def unexplained(
      refused: Seq[TapeGradients.Refused]
  )(reason: String => Option[String]): Seq[String] = {
    val named = refused.groupBy { each =>
      RefusedGradients.reason(each.message).orElse(reason(each.message))
    }
    named.foreach { case (name, all) =>
      info(s"gradients refused, ${name.getOrElse("unexplained")}: ${all.map(_.wrt).mkString(", ")}")
    }
    named.getOrElse(None, Nil).map(each => s"gradient refused: ${each.wrt}: ${each.message}")
  }

  private def nameOf(message: String, reasons: Seq[(String, String)]): Option[String] =
    reasons.collectFirst { case (name, words) if message.contains(words) => name }

  private def problems(model: Path, topology: Option[TopologyFile]): Seq[String] = {
    val outcome = Extraction.compare(model, topology)
    val label = topology.fold("")(_ => "with topology: ")
    tell(model, label, outcome)
    val wrong = outcome.compared.filterNot(_.isEqual).map(c => s"${label}differs: ${describe(c)}")
    val refused = outcome.refused.collect {
      case (answer, reason) if category(model, answer, reason, isJoined(outcome)).isEmpty =>
        s"${label}refused: ${answer.name}: $reason"
    }
    val answers = outcome.compared.map(_.answer) ++ outcome.refused.map(_._1)
    val advised = outcome.refused.collect {
      case (answer, reason)
          if outcome.model.layers.hasConnections && reason.contains("set model.topology") =>
        s"advises the topology that is known: ${answer.name}: $reason"
    }
    // Of a layer inside of a library's no topology tells how many outputs it has.
    val misnamed =
      if (isJoined(outcome) && !ExplainedRefusals.isOfLibrary(model)) bare(outcome) else Nil
    val unsplit = outcome.refused.collect {
      case (answer, reason) if reason.contains(ExplainedRefusals.mixed) => answer
    }
    val listed = InspectedLayers.problems(outcome.model, answers.diff(unsplit))
    wrong ++ refused ++ (misnamed ++ listed ++ advised).map(label + _)
  }

  /** The bare name of a layer of several outputs is refused, or is the first of them. Without a
    * topology it is the one that the graph shows.
    */
  private def bare(outcome: Outcome): Seq[String] = {
    val cutter = new ModelCutter(outcome.model)
    val firsts = outcome.compared.map(c => c.answer.name -> c.tap.tensor).toMap
    val names = (outcome.compared.map(_.answer) ++ outcome.refused.map(_._1)).map(_.name)
    for {
      name <- names.collect { case s"$layer:1" => layer }.distinct
      tap <- Try(cutter.tap(SelectorParser.parse(name, At.OUTPUT)).get(0)).toOption
      if !firsts.get(s"$name:0").contains(tap.tensor)
    } yield s"bare: $name is ${tap.tensor}, not ${firsts.getOrElse(s"$name:0", "refused")}"
  }

  private def tell(model: Path, label: String, outcome: Outcome): Unit = {
    val counts = Counts(
      outcome.compared.size + outcome.refused.size,
      outcome.compared.size,
      outcome.compared.count(_.isEqual),
      outcome.refused.size
    )
    totals += counts
    val worst = outcome.worst.fold("nothing")(describe)
    info(s"$label$counts; worst $worst")
    outcome.refused
      .groupBy { case (answer, reason) =>
        category(model, answer, reason, isJoined(outcome)).getOrElse("unexplained")
      }
      .foreach { case (name, refused) =>
        info(s"${label}refused, $name: ${refused.map(_._1.name).mkString(", ")}")
      }
  }

  /** By a topology, or by the metadata of Keras 2. */
  private def isJoined(outcome: Outcome): Boolean = outcome.model.layers.hasConnections

  private def category(
      model: Path,
      answer: Answer,
      reason: String,
      isJoined: Boolean
  ): Option[String] =
    nameOf(reason, ExplainedRefusals.of(model, answer, isJoined))

  private def describe(compared: Compared): String =
    f"${compared.answer.name} ${compared.difference}%.1e ${compared.shape.mkString("[", ",", "]")} ${compared.tap.tensor}"

  private def find(folder: Path): Seq[Path] = {
    val stream = Files.walk(folder)
    try
      stream.iterator.asScala
        .filter(path => Files.exists(path.resolve("saved_model.pb")))
        .filter(path => Files.exists(path.resolveSibling(s"${path.getFileName}.answers.json")))
        .toSeq
        .sorted
    finally stream.close()
  }
}
