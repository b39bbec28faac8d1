package layertap

import java.nio.file.{Files, Path}
import java.util.concurrent.TimeUnit
import layertap.testing.{CoreClassPath, TempFolder, TestData}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** The main classes of core in a JVM that has their own dependencies only. */
class EngineFreeTest extends AnyFunSuite {

  private val classes: Path =
    Path.of(classOf[layertap.model.LoadedModel].getProtectionDomain.getCodeSource.getLocation.toURI)

  test("no dependency of core is Spark, Hadoop or Scala") {
    assert(CoreClassPath.entries.contains(classes.toString))
    assert(
      CoreClassPath.entries.filter(
        _.matches(".*/org/(apache/(spark|hadoop)|scala-lang)/.*")
      ) === Seq.empty
    )
  }

  /** Links every class of core, then lists the layers of a model as `inspect` does. */
  private val program =
    """import java.nio.file.*;
      |import java.util.*;
      |import layertap.model.LoadedModel;
      |import layertap.model.saved.LocalModelFiles;
      |
      |public class Inspect {
      |  public static void main(String[] arguments) throws Exception {
      |    Path classes = Path.of(arguments[0]);
      |    int count = 0;
      |    try (var files = Files.walk(classes)) {
      |      for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
      |        String name = classes.relativize(file).toString().replace('/', '.');
      |        if (name.endsWith("package-info.class")) {
      |          continue;
      |        }
      |        Class<?> found = Class.forName(name.substring(0, name.length() - 6), false,
      |            Inspect.class.getClassLoader());
      |        found.getDeclaredMethods();
      |        found.getDeclaredFields();
      |        found.getDeclaredConstructors();
      |        count++;
      |      }
      |    }
      |    System.out.println(count > 200);
      |    var files = new LocalModelFiles(Path.of(arguments[1]));
      |    var model = LoadedModel.load(files, List.of("serve"), "serving_default", Optional.empty());
      |    model.layers().layers().forEach(layer -> System.out.println(layer.path()));
      |  }
      |}
      |""".stripMargin

  test("all classes of core are linked, and a model inspected, without them") {
    TempFolder.use { folder =>
      val source = Files.writeString(folder.resolve("Inspect.java"), program)
      val output = folder.resolve("output.txt")
      val command = Seq(
        Path.of(System.getProperty("java.home"), "bin", "java").toString,
        "-cp",
        CoreClassPath.entries.mkString(java.io.File.pathSeparator),
        source.toString,
        classes.toString,
        TestData.model("branches_keras3").toString
      )
      val process = new ProcessBuilder(command.asJava)
        .redirectErrorStream(true)
        .redirectOutput(output.toFile)
        .start()
      assert(process.waitFor(2, TimeUnit.MINUTES))
      val expected =
        "true" +: TestData.load("branches_keras3").layers.layers.asScala.map(_.path).toSeq
      assert(Files.readString(output).linesIterator.toSeq === expected)
      assert(process.exitValue === 0)
    }
  }
}
