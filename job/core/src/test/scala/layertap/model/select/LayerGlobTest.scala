package layertap.model.select

import layertap.model.layers.Layer
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class LayerGlobTest extends AnyFunSuite {
  private val paths = Seq("conv1", "conv12", "block_1_project", "a/conv1", "a/b/conv1", "a.c")

  private def layer(names: String*): Layer =
    new Layer(names.asJava, Layer.NO_INDEX, "", "", java.util.List.of(), 0)

  private def matching(glob: String): Seq[String] = {
    val pattern = new LayerGlob(glob)
    paths.filter(path => pattern.matches(layer(path.split("/").toSeq: _*)))
  }

  // glob, paths
  Seq(
    ("*", Seq("conv1", "conv12", "block_1_project", "a.c")),
    ("**", paths),
    ("conv*", Seq("conv1", "conv12")),
    ("conv1*", Seq("conv1", "conv12")),
    ("conv1?", Seq("conv12")),
    ("?.?", Seq("a.c")),
    ("block_*_project", Seq("block_1_project")),
    ("a/*", Seq("a/conv1")),
    ("a/**", Seq("a/conv1", "a/b/conv1")),
    ("**conv1", Seq("conv1", "a/conv1", "a/b/conv1")),
    ("**/conv1", Seq("a/conv1", "a/b/conv1")),
    ("*/*/*", Seq("a/b/conv1")),
    ("a.*", Seq("a.c")),
    (".*", Seq()),
    ("CONV*", Seq()),
    ("[a-z]onv1", Seq()),
    ("conv1", Seq("conv1"))
  ).foreach { case (glob, matched) =>
    test(s"$glob stands for ${matched.mkString(", ")}")(assert(matching(glob) === matched))
  }

  // a layer `conv/1`, and a layer `1` inside of `conv`
  Seq("*" -> (true, false), "**" -> (true, true), "conv/*" -> (true, true), "*/?" -> (true, true))
    .foreach { case (glob, (whole, inside)) =>
      test(s"$glob where a name has a slash") {
        val pattern = new LayerGlob(glob)
        assert(
          (pattern.matches(layer("conv/1")), pattern.matches(layer("conv", "1"))) === ((
            whole,
            inside
          ))
        )
      }
    }
}
