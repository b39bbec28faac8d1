package layertap.config

import java.nio.file.{Files, Path}
import java.util.Optional
import layertap.config.ConfigText.problem
import layertap.config.text.ConfigSource
import layertap.failure.UserException
import layertap.testing.TempFolder
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** `include` in a configuration. */
class IncludesTest extends AnyFunSuite {
  private val complete =
    "layertap { model.path = m, input.path = i, output.path = o, features = f }\n"

  private def load(files: (String, String)*)(name: String, overrides: String*): JobConfig = {
    val source: ConfigSource = location =>
      Optional.ofNullable(files.toMap.getOrElse(location, null))
    JobConfigLoader.load(files.toMap.apply(name), name, overrides.asJava, source)
  }

  private def refusal(files: (String, String)*)(name: String): String =
    problem(load(files: _*)(name)).stripPrefix("cannot use the configuration: ")

  test("a relative name is found beside the file, whatever the storage and the kind of include") {
    Seq("conf/", "/data/conf/", "hdfs://nn:8020/conf/", "s3a://bucket/", "file:/data/").foreach {
      folder =>
        Seq(
          "\"base.conf\"",
          "required(\"base.conf\")",
          "file(\"base.conf\")",
          "required(file(\"base.conf\"))"
        )
          .foreach { include =>
            val config = load(
              s"${folder}job.conf" -> s"include $include\nlayertap.run.batch-size = 3",
              s"${folder}base.conf" -> s"$complete layertap.run { batch-size = 2, self-check = false }"
            )(s"${folder}job.conf")
            // What stands below the include goes over it.
            assert(config.run.batchSize === 3 && !config.run.selfCheck, folder + include)
          }
    }
  }

  test("names go up, down, and to other storages; included files include others beside them") {
    val config = load(
      "a/b/job.conf" -> s"$complete\ninclude \"../base.conf\"\ninclude \"hdfs://nn/x/far.conf\"",
      "a/base.conf" -> "include \"parts/run.conf\"",
      "a/parts/run.conf" -> "layertap.run.batch-size = 5",
      "hdfs://nn/x/far.conf" -> "include \"near.conf\"",
      "hdfs://nn/x/near.conf" -> "layertap.output.key = id"
    )("a/b/job.conf")
    assert(config.run.batchSize === 5 && config.output.key.asScala === Seq("id"))
  }

  test("an include inside an object counts there; substitutions see what it defines") {
    val config = load(
      "job.conf" -> s"$complete\nlayertap.model.path = $${layertap.input.path}\ninclude \"input.conf\"",
      "input.conf" -> "layertap.input.path = x"
    )("job.conf")
    assert(config.model.path === "x")
    val fine = load(
      "job.conf" -> s"$complete\nlayertap { run { include \"run.conf\" } }",
      "run.conf" -> "progress-seconds = 6\nbatch-size = ${progress-seconds}"
    )("job.conf")
    assert(fine.run.batchSize === 6)
  }

  test("an ending may be left out, where one file fits") {
    assert(
      load("job.conf" -> "include \"base\"", "base.conf" -> complete)("job.conf").model.path === "m"
    )
    val properties = "layertap.run.batch-size = 4"
    val config =
      load("job.conf" -> s"$complete include \"base\"", "base.properties" -> properties)("job.conf")
    assert(config.run.batchSize === 4)
    assert(
      refusal(
        "job.conf" -> s"\n$complete include \"base\"",
        "base.conf" -> "",
        "base.json" -> "{}"
      )("job.conf") ===
        "job.conf:3: cannot include 'base': there are base.conf and base.json; write the one that is" +
        " meant with its folder and ending"
    )
  }

  test("what is not there is refused with file and line, required or not, in included files, too") {
    Seq("\"base.conf\"", "required(\"base.conf\")", "file(\"base.conf\")").foreach { include =>
      assert(
        refusal("conf/job.conf" -> s"# include \"base.conf\"\n\n$complete include $include")(
          "conf/job.conf"
        ) ===
          "conf/job.conf:4: cannot include 'base.conf': there is no file conf/base.conf; correct the" +
          " name, which is relative to the file that includes it",
        include
      )
    }
    assert(
      refusal(
        "job.conf" -> s"$complete include \"a/base.conf\"",
        "a/base.conf" -> "\n include \"x.conf\""
      )("job.conf")
        .startsWith("a/base.conf:2: cannot include 'x.conf': there is no file a/x.conf; ")
    )
    assert(
      refusal("job.conf" -> s"$complete include classpath(\"no/such.conf\")")("job.conf") ===
        "job.conf:2: cannot include 'no/such.conf': it is not there; correct the name"
    )
    assert(
      refusal("job.conf" -> s"$complete include url(\"file:/no/such.conf\")")("job.conf")
        .startsWith(
          "job.conf:2: cannot include 'file:/no/such.conf': there is no file file:/no/such.conf"
        )
    )
  }

  test("problems in an included file name that file") {
    val files = Seq(
      "c/job.conf" -> s"$complete include \"base.conf\"",
      "c/base.conf" -> "layertap {\nrun.bach-size = 2 }"
    )
    assert(
      refusal(files: _*)("c/job.conf")
        .startsWith("c/base.conf:2: run.bach-size is no key of layertap")
    )
    val broken = Seq(
      "c/job.conf" -> s"$complete include \"base.conf\"",
      "c/base.conf" -> "layertap {\n\na = [1"
    )
    assert(refusal(broken: _*)("c/job.conf").startsWith("c/base.conf:3: "))
  }

  test("a file that includes itself is refused") {
    val files = Seq(
      "c/job.conf" -> s"$complete\ninclude \"a.conf\"",
      "c/a.conf" -> "include \"../c/./job.conf\""
    )
    assert(
      refusal(files: _*)(
        "c/job.conf"
      ) === "c/a.conf:1: cannot include '../c/./job.conf': c/job.conf would" +
        " include itself; take one include away"
    )
  }

  test("file(…) beside the file and in the working directory, both: refused") {
    val files = Seq(
      "c/job.conf" -> s"$complete include file(\"x.conf\")",
      "x.conf" -> "layertap.run.batch-size = 7"
    )
    assert(load(files: _*)("c/job.conf").run.batchSize === 7)
    assert(
      refusal(files :+ ("c/x.conf" -> ""): _*)("c/job.conf") ===
        "c/job.conf:2: cannot include 'x.conf': there are c/x.conf and x.conf; write the one that is meant" +
        " with its folder and ending"
    )
  }

  test("what nothing can read is refused with file and line") {
    val source: ConfigSource =
      location => throw new UserException(s"no file system reads $location")
    val text = s"$complete include \"far://y/z.conf\""
    assert(
      problem(JobConfigLoader.load(text, "job.conf", java.util.List.of(), source)) ===
        "cannot use the configuration: job.conf:2: cannot include 'far://y/z.conf': no file system reads" +
        " far://y/z.conf"
    )
  }

  test("files of this machine") {
    TempFolder.use { folder =>
      Files.writeString(folder.resolve("base.conf"), complete)
      def model(name: String) = JobConfigLoader
        .load("include \"base.conf\"", name, java.util.List.of())
        .model
        .path
      assert(model(folder.resolve("job.conf").toString) === "m")
      assert(model(folder.resolve("job.conf").toUri.toString) === "m")
      val missing = problem(
        JobConfigLoader.load("include \"none.conf\"", s"$folder/job.conf", java.util.List.of())
      )
      assert(missing.contains(s"there is no file $folder/none.conf"))
      assert(Path.of(folder.toString) === folder)
    }
  }

  test("an include in a value of --set is found from the working directory") {
    val files = Seq("c/job.conf" -> complete, "run.conf" -> "batch-size = 9")
    assert(load(files: _*)("c/job.conf", "run={ include \"run.conf\" }").run.batchSize === 9)
  }
}
