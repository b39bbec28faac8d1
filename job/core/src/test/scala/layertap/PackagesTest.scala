package layertap

import java.nio.file.{Files, Path}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

/** The packages of both modules: no circles, none too large, and no engine in core. */
class PackagesTest extends AnyFunSuite {
  private val largestPackage = 16

  /** The sources of a module by the whole names of their classes. */
  private def sources(module: String): Map[String, String] =
    Using.resource(Files.walk(Path.of("job", module, "src/main/java"))) { files =>
      files.iterator.asScala
        .filter(_.toString.endsWith(".java"))
        .filterNot(_.endsWith("package-info.java"))
        .map { file =>
          val text = Files.readString(file)
          val simple = file.getFileName.toString.stripSuffix(".java")
          s"${PackageGraph.packageIn(text)}.$simple" -> text
        }
        .toMap
    }

  private val core = sources("core")
  private val both = core ++ sources("spark")

  test("packages form no circle, at any depth") {
    assert(both.size > 200)
    assert(PackageGraph.of(both, "layertap").circles === Seq.empty)
  }

  test("no package has more than sixteen files besides package-info") {
    val tooLarge = both.values.toSeq
      .groupBy(PackageGraph.packageIn)
      .collect { case (name, files) if files.size > largestPackage => s"$name has ${files.size}" }
    assert(tooLarge.toSeq.sorted === Seq.empty)
  }

  test("core names no class of Spark, Hadoop or Scala") {
    val engines = Seq("org.apache.spark", "org.apache.hadoop", "scala")
    val named = for {
      (name, text) <- core.toSeq.sortBy(_._1)
      (used, simple) <- PackageGraph.named(text)
      if engines.exists(engine => used == engine || used.startsWith(s"$engine."))
    } yield s"$name names $used.$simple"
    assert(named === Seq.empty)
  }

  private def circlesOf(planted: (String, String)*): Seq[String] =
    PackageGraph.of(planted.toMap, "layertap").circles

  test("a planted circle is found and named with its classes") {
    val circles = circlesOf(
      "Upper" -> "package layertap.a.upper;\nimport layertap.b.Middle;\nclass Upper {}",
      "Middle" -> "package layertap.b;\nimport static layertap.c.Lower.Inner.of;\nclass Middle {}",
      "Lower" -> "package layertap.c;\nclass Lower { layertap.a.upper.Upper up; class Inner {} }"
    )
    assert(
      circles === Seq(
        "layertap.a → layertap.b (Upper uses Middle) → layertap.c (Middle uses Lower)" +
          " → layertap.a (Lower uses Upper)",
        "layertap.a.upper → layertap.b (Upper uses Middle) → layertap.c (Middle uses Lower)" +
          " → layertap.a.upper (Lower uses Upper)"
      )
    )
  }

  test("a circle that only shows where packages are taken with those below") {
    val circles = circlesOf(
      "A" -> "package layertap.a.one;\nimport layertap.b.one.*;\nclass A {}",
      "B" -> "package layertap.b.two;\nimport layertap.a.two.C;\nclass B {}",
      "C" -> "package layertap.a.two;\nclass C {}",
      "D" -> "package layertap.b.one;\nclass D {}"
    )
    assert(circles === Seq("layertap.a → layertap.b (A uses *) → layertap.a (B uses C)"))
  }

  test("comments, texts and the own package are no use of a package") {
    val circles = circlesOf(
      "A" -> "package layertap.a;\nimport layertap.b.B;\nclass A {}",
      "B" -> ("package layertap.b;\n/** As {@link layertap.a.A}. */ // layertap.a.A\n" +
        "class B { String s = \"layertap.a.A // \"; layertap.b.C c; }")
    )
    assert(circles === Seq.empty)
  }
}
