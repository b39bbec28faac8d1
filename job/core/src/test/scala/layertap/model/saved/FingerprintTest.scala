package layertap.model.saved

import layertap.testing.MemoryFiles
import org.scalatest.funsuite.AnyFunSuite

class FingerprintTest extends AnyFunSuite {
  private val model = MemoryFiles
    .copyOf("tf1_conv")
    .updated("assets/words.txt", "ab".getBytes)
    .updated("assets/more.txt", "c".getBytes)

  private def of(files: MemoryFiles): String = Fingerprint.of(files)

  private def changed(path: String): MemoryFiles = {
    val bytes = model(path)
    model.updated(path, bytes.updated(bytes.length / 2, (bytes(bytes.length / 2) ^ 1).toByte))
  }

  test("the same files have the same") {
    assert(
      of(model) === of(changed("saved_model.pb").updated("saved_model.pb", model("saved_model.pb")))
    )
    assert(of(model).matches("[0-9a-f]{64}"))
  }

  Seq("saved_model.pb", "variables/variables.index", "assets/words.txt").foreach { path =>
    test(s"a bit of $path changes it") {
      assert(of(changed(path)) !== of(model))
    }

    test(s"it changes without $path") {
      assert(of(model.without(path)) !== of(model))
    }
  }

  Seq("fingerprint.pb", "assets.extra/notes.txt", "keras_metadata.pb").foreach { path =>
    test(s"$path does not count") {
      assert(of(model.updated(path, "anything".getBytes)) === of(model))
    }
  }

  test("values of variables count by their checksums in the index; their shards are not read") {
    val files = changed("variables/variables.data-00000-of-00001")
    assert(of(files) === of(model))
    assert(!files.reads.exists(_._1.contains("data-00000")))
  }

  test("the name of an asset counts") {
    val renamed = model.without("assets/words.txt").updated("assets/names.txt", "ab".getBytes)
    assert(of(renamed) !== of(model))
  }

  test("bytes that move from one asset to the next count") {
    val moved = model
      .updated("assets/more.txt", "ca".getBytes)
      .updated("assets/words.txt", "b".getBytes)
    assert(of(moved) !== of(model))
  }

  test("large files are read in parts") {
    val files = model.updated("assets/large", new Array[Byte](3 << 20))
    of(files)
    assert(files.reads.filter(_._1 == "assets/large").map(_._2) === Seq(0L, 1L << 20, 2L << 20))
  }
}
