package layertap.spark.trial

import java.nio.file.attribute.PosixFilePermissions
import java.nio.file.{Files, Path}
import java.util.{List => JavaList}
import layertap.config.JobConfig
import layertap.config.RunSettings
import layertap.extract.check.LocalTrial
import layertap.failure.UserException
import layertap.model.gradient.DifferentiatedModel
import layertap.model.gradient.GradientTarget
import layertap.graph.{TensorId, TensorShape}
import layertap.model.cut.{RunnableGraph, TapShape}
import layertap.model.saved.ModelFiles
import layertap.plan.precision.PrecisionComparison
import layertap.plan.{CheckedValues, ExtractionPlan, ModelTrial, PlanBuilder}
import layertap.testing.{JavaProcess, MemoryFiles, TempFolder, TestData}
import layertap.process.UserFolder
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

class RememberedTrialTest extends AnyFunSuite {
  private val digits = "digits_keras3"
  private val config =
    TrialTest.config(TestData.model(digits), "pixels", "output_0", 120)
  private val files = TestData.files(digits)

  /** A trial in this JVM that counts what it is asked. */
  private class Counting(files: ModelFiles) extends ModelTrial {
    private val trial = new LocalTrial(files, 1)
    var asked = 0
    var isClosed = false

    private def count[A](answer: => A): A = {
      asked += 1
      answer
    }

    override def tapShapes(cut: RunnableGraph): JavaList[TapShape] = count(trial.tapShapes(cut))
    override def differentiated(
        model: RunnableGraph,
        rows: JavaList[TensorShape],
        targets: JavaList[GradientTarget],
        classes: JavaList[TensorId]
    ): DifferentiatedModel = count(trial.differentiated(model, rows, targets, classes))
    override def check(plan: ExtractionPlan, reference: RunnableGraph): CheckedValues =
      count(trial.check(plan, reference))
    override def deviating(other: ExtractionPlan, exact: CheckedValues): JavaList[Integer] =
      count(trial.deviating(other, exact))
    override def compared(
        reduced: ExtractionPlan,
        full: ExtractionPlan,
        exact: CheckedValues,
        isTimed: Boolean
    ): PrecisionComparison = count(trial.compared(reduced, full, exact, isTimed))
    override def run(plan: ExtractionPlan): Unit = count(trial.run(plan))
    override def close(): Unit = isClosed = true
  }

  private def verdicts(folder: Path, maxBytes: Long = 1L << 20) =
    new Verdicts(new UserFolder(folder.resolve("trials")), maxBytes)

  /** Plans; what was planned, and what was asked of a trial that was begun for it, if one was. */
  private def plan(
      folder: Path,
      config: JobConfig = config,
      files: ModelFiles = files,
      conditions: String = "here"
  ): (PlanBuilder.Planned, Option[Int]) = {
    var begun: Option[Counting] = None
    val trial = new RememberedTrial(
      verdicts(folder),
      files,
      config.model.path,
      conditions,
      () => {
        begun = Some(new Counting(files))
        begun.get
      }
    )
    val planned = Using.resource(trial)(TrialTest.builder(config, files).buildTried(_))
    assert(begun.forall(_.isClosed))
    (planned, begun.map(_.asked))
  }

  test("what a trial has answered is not asked again, and the plan is the same") {
    TempFolder.use { folder =>
      val (first, asked) = plan(folder)
      assert(asked.exists(_ >= 2))
      val (second, askedAgain) = plan(folder)
      assert(askedAgain.isEmpty)
      assert(second.plan === first.plan && second.checked.recipe === first.checked.recipe)
      assert(values(second) === values(first) && values(first).nonEmpty)
    }
  }

  test("another plan, model or condition is tried") {
    TempFolder.use { folder =>
      val (_, asked) = plan(folder)
      val run = config.run
      val otherRun = new RunSettings(
        16,
        0,
        run.optimize,
        run.precision,
        true,
        120,
        true,
        0,
        0,
        0
      )
      val other = new JobConfig(
        config.model,
        config.input,
        config.feeds,
        config.features,
        config.rows,
        otherRun,
        config.output
      )
      assert(plan(folder, config = other)._2.nonEmpty)
      val otherModel = MemoryFiles.copyOf(digits).updated("assets/note.txt", Array(1))
      assert(plan(folder, files = otherModel)._2 === asked)
      assert(plan(folder, conditions = "another processor")._2 === asked)
      assert(plan(folder)._2.isEmpty)
    }
  }

  test("what a trial refuses is asked each time") {
    TempFolder.use { folder =>
      val refusal = new UserException("cannot run the model")
      val refusals = Seq.fill(2) {
        var checks = 0
        def refusing: ModelTrial = new Counting(files) {
          override def check(plan: ExtractionPlan, reference: RunnableGraph): CheckedValues = {
            checks += 1
            throw refusal
          }
        }
        val trial = new RememberedTrial(verdicts(folder), files, "digits", "here", () => refusing)
        val planning = TrialTest.builder(config, files)
        val failure = intercept[UserException](Using.resource(trial)(planning.buildTried(_)))
        (failure, checks)
      }
      assert(refusals === Seq.fill(2)((refusal, 1)))
    }
  }

  test("a damaged answer, and a folder that others can write to, count as nothing") {
    TempFolder.use { folder =>
      val (_, asked) = plan(folder)
      val trials = folder.resolve("trials")
      listed(trials).foreach(file => Files.write(file, Files.readAllBytes(file).dropRight(9)))
      assert(plan(folder)._2 === asked)
      assert(plan(folder)._2.isEmpty)
      Files.setPosixFilePermissions(trials, PosixFilePermissions.fromString("rwxrwxrwx"))
      assert(plan(folder)._2 === asked)
    }
  }

  test("only so many bytes are kept, of what was used last") {
    TempFolder.use { folder =>
      val verdicts = this.verdicts(folder, 1000)
      val (old, recent) = ("a" * 400, "b" * 400)
      verdicts.keep("old", old)
      Files.setLastModifiedTime(
        folder.resolve("trials/old.verdict"),
        java.nio.file.attribute.FileTime.fromMillis(0)
      )
      verdicts.keep("recent", recent)
      verdicts.keep("next", "c" * 400)
      verdicts.keep("too long", "d" * 2000)
      val found = Seq("old", "recent", "next", "too long").map(verdicts.find(_).isPresent)
      assert(found === Seq(false, true, true, false))
    }
  }

  test("a second process knows what the first one found, and says the same") {
    TempFolder.use { folder =>
      val (code, said) = planned(folder)
      assert(code === 0, said)
      val known = listed(folder.resolve("cache/trials"))
      assert(known.size === 2)
      assert(planned(folder) === ((code, said)))
      assert(listed(folder.resolve("cache/trials")) === known)
    }
  }

  private def planned(folder: Path): (Int, String) =
    JavaProcess
      .layertap(Seq(s"-Dlayertap.cache=$folder/cache"), "plan", "conf/digits.conf", "--no-input")
      .finish()

  private def listed(folder: Path): Seq[Path] =
    Using.resource(Files.list(folder))(_.iterator.asScala.toSeq.sorted)

  private def values(planned: PlanBuilder.Planned): Seq[Seq[Any]] =
    planned.checked.rows.asScala.toSeq
      .flatMap(_.asScala)
      .map(value => value.values.asInstanceOf[Array[Float]].toSeq)
}
