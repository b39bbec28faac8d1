package layertap.cli

import java.nio.file.Files
import layertap.failure.ConfigProblemException
import layertap.testing.TempFolder
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Configurations as commands read them, by Hadoop's file systems. */
class ConfigFilesTest extends AnyFunSuite {
  private val complete =
    "layertap { model.path = m, input.path = i, output.path = o, features = f }"

  private def load(path: String) = ConfigFiles.load(path, java.util.List.of())

  test(
    "includes lie beside the file, by path and by URI; what is not there is refused with its line"
  ) {
    TempFolder.use { folder =>
      val parts = Files.createDirectories(folder.resolve("parts"))
      Files.writeString(parts.resolve("base.conf"), s"$complete\ninclude required(\"key\")")
      Files.writeString(parts.resolve("key.conf"), "layertap.output.key = id")
      val job = folder.resolve("job.conf")
      Seq(job.toString, job.toUri.toString).foreach { path =>
        Files.writeString(job, "include \"parts/base.conf\"\nlayertap.run.batch-size = 3")
        val config = load(path)
        assert(config.model.path === "m" && config.run.batchSize === 3, path)
        assert(config.output.key.asScala === Seq("id"), path)
        Files.writeString(job, s"$complete\n\ninclude \"parts/other.conf\"")
        val problem = intercept[ConfigProblemException](load(path)).getMessage
        val beside = path.stripSuffix("job.conf") + "parts/other.conf"
        assert(
          problem === s"cannot use the configuration: $path:3: cannot include 'parts/other.conf': there" +
            s" is no file $beside; correct the name, which is relative to the file that includes it"
        )
        Files.writeString(job, s"$complete\ninclude \"parts\"")
        val folders = intercept[ConfigProblemException](load(path)).getMessage
        assert(folders.contains(s"$path:2: cannot include 'parts': "), folders)
        assert(folders.contains("there is no file"), folders)
      }
    }
  }

  test("an include on storage that nothing can read is the configuration's fault") {
    TempFolder.use { folder =>
      val job =
        Files.writeString(folder.resolve("job.conf"), s"$complete\ninclude \"nope://h/x.conf\"")
      val problem = intercept[ConfigProblemException](load(job.toString)).getMessage
      assert(problem.contains(s"$job:2: cannot include 'nope://h/x.conf': "), problem)
    }
  }
}
