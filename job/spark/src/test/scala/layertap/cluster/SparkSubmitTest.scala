package layertap.cluster

import java.nio.file.{Files, Path}
import layertap.testing.Setting
import layertap.testing.TempFolder
import layertap.testing.TestData
import org.apache.spark.sql.SparkSession
import org.scalatest.BeforeAndAfterAll
import org.scalatest.funsuite.AnyFunSuite

/** The packaged jar under the spark-submit of a real distribution, which the system property
  * `cluster.spark` names: its class path is Spark's, not Maven's.
  */
class SparkSubmitTest extends AnyFunSuite with BeforeAndAfterAll {
  private val model = "cnn_functional_keras2"
  private val local = Seq("--master", "local[2]", "--conf", "spark.ui.enabled=false")

  private lazy val spark =
    SparkSession.builder().master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
  private val rows = new AnsweredRows(spark)

  override protected def afterAll(): Unit = SparkSession.getDefaultSession.foreach(_.stop())

  Setting.of("cluster.spark").foreach { home =>
    val submit = new SparkSubmit(Path.of(home))

    test("the features that a submitted job writes are Keras' values") {
      TempFolder.use { folder =>
        rows.write(folder.resolve("rows"), copies = 1, files = 1)
        val configuration = Files.writeString(folder.resolve("job.conf"), rows.job(folder))
        val finished = submit.run(local, "extract", configuration.toString)
        assert(finished.code == 0, finished.stderr)
        assert(finished.lastLine == "layertap: exit 0: done")
        assert(finished.stdout.contains(": 2 rows read, 2 written, 0 skipped, 0 invalid; "))
        rows.compare(folder.resolve("features"), copies = 1)
      }
    }

    /** What spark-submit and its JVM say before the jar is loaded, which the jar cannot help. */
    val launcher = Seq(
      "WARNING: Using incubator modules: jdk.incubator.vector",
      "Using Spark's default log4j profile: org/apache/spark/log4j2-defaults.properties",
      ".* WARN Utils: Your hostname, .*, resolves to a loopback address: .*",
      ".* WARN Utils: Set SPARK_LOCAL_IP if you need to bind to another address",
      ".* WARN NativeCodeLoader: Unable to load native-hadoop library for your platform.*"
    )

    def ownLines(finished: SparkSubmit.Finished): Seq[String] =
      finished.stderr.linesIterator.filterNot(line => launcher.exists(line.matches)).toSeq

    test("a log of a submitted job, line by line: what is not layertap's came before it") {
      TempFolder.use { folder =>
        rows.write(folder.resolve("rows"), copies = 1, files = 1)
        val configuration = Files.writeString(folder.resolve("job.conf"), rows.job(folder))
        val finished = submit.run(local, "extract", configuration.toString)
        assert(finished.code == 0, finished.stderr)
        val patterns =
          Seq("reads .*", "runs .*", "writes .*", "fed on the first .*", "exit 0: done")
            .map("layertap: " + _)
        val lines =
          ownLines(finished).filterNot(
            _.matches("layertap: [\\d,]+ (of [\\d,]+ )?rows, .* tasks done.*")
          )
        assert(lines.size == patterns.size, finished.stderr)
        lines.zip(patterns).foreach { case (line, pattern) => assert(line.matches(pattern)) }
        val planned = submit.run(
          local,
          "plan",
          configuration.toString,
          "--set",
          s"output.path=${folder.resolve("other")}"
        )
        assert(planned.code == 0, planned.stderr)
        assert(ownLines(planned) == Seq())
      }
    }

    test("--verbose, and a configuration of the user's own, let Spark log") {
      TempFolder.use { folder =>
        rows.write(folder.resolve("rows"), copies = 1, files = 1)
        val configuration = Files.writeString(folder.resolve("job.conf"), rows.job(folder)).toString
        def plan(options: Seq[String], arguments: String*) = {
          val finished = submit.run(local ++ options, Seq("plan", configuration) ++ arguments: _*)
          assert(finished.code == 0, finished.stderr)
          ownLines(finished)
        }
        assert(plan(Seq(), "--verbose").exists(_.contains(" INFO SparkContext: ")))
        val own = Files.writeString(
          folder.resolve("own.properties"),
          """rootLogger.level = info
            |rootLogger.appenderRef.stderr.ref = stderr
            |appender.stderr.type = Console
            |appender.stderr.name = stderr
            |appender.stderr.target = SYSTEM_ERR
            |appender.stderr.layout.type = PatternLayout
            |appender.stderr.layout.pattern = own %c{1} %m%n
            |""".stripMargin
        )
        val options = Seq("--driver-java-options", s"-Dlog4j2.configurationFile=$own")
        assert(plan(options).exists(_.startsWith("own SparkContext ")))
      }
    }

    test("a layer that is not there is the user's error, also for the shell") {
      TempFolder.use { folder =>
        rows.write(folder.resolve("rows"), copies = 1, files = 1)
        val configuration = Files.writeString(folder.resolve("job.conf"), rows.job(folder))
        val wrong = Seq("extract", configuration.toString, "--set", "features=[\"conv3\"]")
        val finished = submit.run(local, wrong: _*)
        assert(finished.code == 2)
        assert(
          finished.lastLine.startsWith("layertap: exit 2: cannot find the layer 'conv3'"),
          finished.stderr
        )
        assert(!Files.exists(folder.resolve("features")))
      }
    }

    test("storage that does not answer is the surroundings' error") {
      val unreachable = "hdfs://127.0.0.1:1/model"
      val finished = submit.run(local, "inspect", unreachable)
      assert(finished.code == 3, finished.stderr)
      assert(finished.lastLine.startsWith("layertap: exit 3: "), finished.stderr)
    }

    test("a store that nothing on the class path reads: the package that does is named") {
      val finished = submit.run(local, "inspect", "s3a://bucket/model")
      assert(finished.code == 2, finished.stderr)
      assert(
        finished.lastLine == "layertap: exit 2: cannot reach s3a://bucket/model: nothing on the" +
          " class path reads s3a://; add --packages org.apache.hadoop:hadoop-aws:3.4.2 to spark-submit"
      )
    }

    test("inspect prints the layers on stdout alone") {
      val finished = submit.run(local, "inspect", TestData.model(model).toString)
      assert(finished.code == 0, finished.stderr)
      val layers = finished.stdout.linesIterator.dropWhile(!_.startsWith("index")).drop(1)
      val selectors = layers.takeWhile(_.nonEmpty).map(_.split("\\s+")(1)).toSeq
      assert(selectors == rows.answers.map(_.name))
    }
  }
}
