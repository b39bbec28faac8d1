package layertap.spark.failure

import org.scalatest.funsuite.AnyFunSuite
import scala.util.{Success, Try}

/** Elsewhere the process ends, as tests in JVMs of their own show. */
class ProcessEndTest extends AnyFunSuite {

  private def inYarn[A](body: => A): A = {
    val settings = Map("spark.master" -> "yarn", "spark.submit.deployMode" -> "cluster")
    settings.foreach { case (key, value) => System.setProperty(key, value) }
    try body
    finally settings.keys.foreach(System.clearProperty)
  }

  test("inside YARN a job that ends well returns, and its application has succeeded") {
    assert(inYarn(Try(ProcessEnd.`with`(0))) === Success(()))
  }

  test("inside YARN the exit code goes to the application master") {
    Seq(1, 2, 3).foreach { code =>
      inYarn {
        // Its type is Spark's own; its application master takes the code from it.
        val failure = intercept[Exception](ProcessEnd.`with`(code))
        assert(failure.toString.startsWith("org.apache.spark.SparkUserAppException"), failure)
        assert(failure.getMessage === s"User application exited with $code")
      }
    }
  }
}
