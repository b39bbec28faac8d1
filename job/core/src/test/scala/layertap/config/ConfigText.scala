package layertap.config

import layertap.failure.ConfigProblemException
import org.scalatest.Assertions._
import scala.jdk.CollectionConverters._

/** Configurations as text, read as the file `job.conf`. */
object ConfigText {

  /** The smallest configuration that is complete, but for its features. */
  private val required =
    """model.path = m
      |input.path = i
      |output.path = o
      |""".stripMargin

  def load(text: String, overrides: String*): JobConfig =
    JobConfigLoader.load(text, "job.conf", overrides.asJava)

  /** A complete configuration with further lines inside `layertap`; they begin at line 5. */
  def loadWith(lines: String, overrides: String*): JobConfig =
    load(s"layertap {\n$required$lines\n}", overrides: _*)

  def problem(config: => JobConfig): String =
    intercept[ConfigProblemException](config).getMessage

  def problemWith(lines: String, overrides: String*): String =
    problem(loadWith(lines, overrides: _*))
}
