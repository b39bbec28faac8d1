package layertap.testing

/** The class path of a process that has core and its own dependencies only. */
object CoreClassPath {

  /** What only tests need: ScalaTest, with Scala, and JUnit's platform, on which Surefire runs. */
  private val ofTests = Seq(
    "/test-classes",
    "/org/scala-lang/",
    "/org/scalatest/",
    "/org/scalactic/",
    "/org/junit/",
    "/org/opentest4j/",
    "/org/apiguardian/",
    "/org/apache/maven/"
  )

  val entries: Seq[String] = System
    .getProperty("java.class.path")
    .split(java.io.File.pathSeparator)
    .toSeq
    .filterNot(entry => ofTests.exists(part => entry.replace('\\', '/').contains(part)))
}
