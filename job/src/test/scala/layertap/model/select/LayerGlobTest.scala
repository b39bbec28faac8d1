package layertap.model.select

import org.scalatest.funsuite.AnyFunSuite

class LayerGlobTest extends AnyFunSuite {
  private val paths = Seq("conv1", "conv12", "block_1_project", "a/conv1", "a/b/conv1", "a.c")

  private def matching(glob: String): Seq[String] = {
    val pattern = new LayerGlob(glob)
    paths.filter(pattern.matches(_))
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
}
