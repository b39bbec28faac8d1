package layertap.failure

import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class NearestNamesTest extends AnyFunSuite {
  private def nearest(wanted: String, names: String*): Seq[String] =
    NearestNames.of(wanted, names.asJava).asScala.toSeq

  test("fewer changes are nearer") {
    assert(nearest("conv1", "pool1", "conv22", "conv2") === Seq("conv2", "conv22", "pool1"))
  }

  test("case does not count") {
    assert(nearest("Conv_1", "cane_1", "conv_1", "CONV_2") === Seq("conv_1", "CONV_2", "cane_1"))
  }

  test("a name that contains the other is nearer than one as long") {
    assert(nearest("relu", "tahn", "out_relu") === Seq("out_relu", "tahn"))
  }

  test("equally near names in the order of the alphabet, at most five") {
    assert(nearest("a", "g", "f", "e", "d", "c", "b") === Seq("b", "c", "d", "e", "f"))
  }

  test("a name stands once, and no names are none") {
    assert(nearest("a", "b", "b") === Seq("b"))
    assert(nearest("a") === Seq())
  }
}
