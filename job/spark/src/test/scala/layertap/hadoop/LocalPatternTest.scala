package layertap.hadoop

import java.nio.file.Path
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Which files a pattern of Hadoop's stands for. */
class LocalPatternTest extends AnyFunSuite {
  private def one(pattern: String): LocalPattern = {
    val patterns = LocalPattern.of(pattern).asScala
    assert(patterns.size === 1)
    patterns.head
  }

  private def isMeant(pattern: String, file: String): Boolean = one(pattern).isMeant(Path.of(file))

  private def root(pattern: String, file: String): String =
    one(pattern).root(Path.of(file)).toString

  test("a plain path stands for itself and all that is in it") {
    assert(one("/data/photos").folder === Path.of("/data/photos"))
    assert(isMeant("/data/photos", "/data/photos"))
    assert(isMeant("/data/photos", "/data/photos/a/b.jpg"))
    assert(one("/data/photos").reaches(Path.of("/data/photos/a")))
    assert(root("/data/photos", "/data/photos/a/b.jpg") === "/data/photos")
  }

  test("a pattern stands for names of its level, and what is in folders of these") {
    val pattern = "/data/2026-*/[ab].jpg"
    assert(one(pattern).folder === Path.of("/data"))
    assert(isMeant(pattern, "/data/2026-11/a.jpg"))
    assert(isMeant(pattern, "/data/2026-11/a.jpg/inside"))
    assert(!isMeant(pattern, "/data/2026-11/c.jpg"))
    assert(!isMeant(pattern, "/data/2025-11/a.jpg"))
    assert(!isMeant(pattern, "/data/2026-11"))
    assert(root(pattern, "/data/2026-11/a.jpg/inside") === "/data/2026-11/a.jpg")
  }

  test("no folder is walked in which nothing can be meant") {
    val pattern = one("/data/2026-*/x/*")
    assert(pattern.reaches(Path.of("/data")))
    assert(pattern.reaches(Path.of("/data/2026-11")))
    assert(pattern.reaches(Path.of("/data/2026-11/x")))
    assert(!pattern.reaches(Path.of("/data/2025-11")))
    assert(!pattern.reaches(Path.of("/data/2026-11/y")))
  }

  test("braces with slashes are several patterns, and a backslash is no part of a name") {
    assert(
      LocalPattern.of("/data/{a/*,b}/c").asScala.map(_.folder.toString).toSet ===
        Set("/data/a", "/data/b/c")
    )
    assert(isMeant("/data/a\\*b", "/data/a*b"))
    assert(!isMeant("/data/a\\*b", "/data/axb"))
  }
}
