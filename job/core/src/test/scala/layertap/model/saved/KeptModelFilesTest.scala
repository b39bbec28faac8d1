package layertap.model.saved

import java.io.UncheckedIOException
import layertap.testing.{CountedFiles, MemoryFiles}
import org.scalatest.funsuite.AnyFunSuite

/** Whoever opens a model asks for some files several times; its storage is asked once. */
class KeptModelFilesTest extends AnyFunSuite {
  private val bytes: Array[Byte] = Array.tabulate(10)(_.toByte)

  private final class Model(length: Int = bytes.length) {
    val memory: MemoryFiles = MemoryFiles.of("a" -> Array.tabulate(length)(_.toByte))
    val counted = new CountedFiles(memory)
    val kept = new KeptModelFiles(counted)
  }

  test("the folder is looked for and listed once") {
    val model = new Model
    assert(model.kept.exists && model.kept.exists)
    assert(model.kept.list() === model.kept.list())
    assert(model.kept.list().get(0) === new ModelFiles.ModelFile("a", 10))
    assert((model.counted.lookups, model.counted.listings) === ((1, 1)))
  }

  test("a file that was read as a whole is not read again, not in parts either") {
    val model = new Model
    assert(model.kept.read("a", 0, 10) === bytes)
    assert(model.kept.read("a", 0, 10) === bytes)
    assert(model.kept.read("a", 3, 4) === Array[Byte](3, 4, 5, 6))
    assert(model.memory.reads.toSeq === Seq(("a", 0L, 10)))
  }

  test("what a caller does with the bytes changes nothing for the next one") {
    val model = new Model
    model.kept.read("a", 0, 10)(0) = 77
    model.kept.read("a", 0, 10)(1) = 77
    assert(model.kept.read("a", 0, 10) === bytes)
  }

  test("parts of a file are read as they are asked for") {
    val model = new Model
    assert(model.kept.read("a", 0, 4) === bytes.take(4))
    assert(model.kept.read("a", 0, 4) === bytes.take(4))
    assert(model.memory.reads.size === 2)
  }

  test("a file that is too large to be kept is read again") {
    val model = new Model(KeptModelFiles.MOST_BYTES + 1)
    model.kept.read("a", 0, KeptModelFiles.MOST_BYTES + 1)
    model.kept.read("a", 5, 1)
    assert(model.memory.reads.size === 2)
  }

  test("the fingerprint is that of the files, made once, and anew after wrong bytes") {
    val memory = MemoryFiles.of("saved_model.pb" -> bytes)
    val kept = new KeptModelFiles(memory)
    assert(kept.fingerprint === Fingerprint.of(memory))
    val asked = memory.reads.size
    kept.fingerprint
    assert(memory.reads.size === asked)
    kept.forget("saved_model.pb", 0, bytes.length)
    kept.fingerprint
    assert(memory.reads.size === asked + 1)
  }

  test("a read beyond the end fails as it does without") {
    val model = new Model
    model.kept.read("a", 0, 10)
    assert(
      intercept[UncheckedIOException](model.kept.read("a", 8, 3)).getMessage ===
        intercept[UncheckedIOException](model.memory.read("a", 8, 3)).getMessage
    )
  }
}
