package layertap.cli.listing

import layertap.cli.listing.Blocks.Item
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class BlocksTest extends AnyFunSuite {
  private def items(layers: (String, Int)*): java.util.List[Item] =
    layers.map { case (path, lastUse) => new Item(path.split('/').toSeq.asJava, lastUse) }.asJava

  private def texts(blocks: java.util.List[Blocks.Block]): Seq[String] =
    blocks.asScala.toSeq.map(each => s"${each.from} to ${each.to} ${each.name}".trim)

  private val resnet =
    items(
      (Seq("input") ++ Seq(
        "conv1",
        "conv2_block1_1",
        "conv2_block1_out",
        "conv2_block2_1",
        "top"
      )).zipWithIndex: _*
    )

  test("names with numbers tell blocks, finer ones the deeper one looks") {
    assert(
      texts(Blocks.atDepth(resnet, 1)) ===
        Seq("0 to 1 input", "1 to 2 conv1", "2 to 5 conv2", "5 to 6 top")
    )
    assert(
      texts(Blocks.atDepth(resnet, 2)).slice(2, 4) === Seq(
        "2 to 4 conv2_block1",
        "4 to 5 conv2_block2"
      )
    )
  }

  test("a model of others is a block with what stands inside") {
    val nested = items("encoder" -> 0, "encoder/a" -> 1, "encoder/b" -> 2, "head" -> 3)
    assert(texts(Blocks.atDepth(nested, 1)) === Seq("0 to 3 encoder", "3 to 4 head"))
    assert(texts(Blocks.atDepth(nested, 2)).size === 4)
  }

  /** Of five layers each, the first of which is taken by those behind it up to the last. */
  private def byTensors(blocks: Int): Seq[(String, Int)] =
    (0 until 5 * blocks).map { i =>
      s"layer_${('a' + i % 26).toChar}${('a' + i / 26).toChar}" -> (if (i % 5 == 0) i + 4
                                                                    else i + 1)
    }

  test("without such names a block ends where one tensor goes on") {
    val blocks = Blocks.fitting(items(byTensors(24): _*))
    assert(texts(blocks).take(4) === Seq("0 to 1", "1 to 5", "5 to 6", "6 to 10"))
    assert(blocks.size === 48 && blocks.asScala.map(_.size).sum === 120)
  }

  test("where all goes on side by side there are pieces of one size") {
    val parallel = items(
      (0 until 130).map(i => s"layer_${('a' + i % 26).toChar}${('a' + i / 26).toChar}" -> i): _*
    )
    val folded = texts(Blocks.fitting(parallel))
    assert(folded.size === 44)
    assert(folded.take(2) === Seq("0 to 3", "3 to 6") && folded.last === "129 to 130")
  }

  test("a last block that nothing takes is there too") {
    val open = items(
      (0 until 70).map(i => s"layer_${('a' + i % 26).toChar}${('a' + i / 26).toChar}" -> 99): _*
    )
    assert(texts(Blocks.fitting(open)) === Seq("0 to 1", "1 to 70"))
  }
}
