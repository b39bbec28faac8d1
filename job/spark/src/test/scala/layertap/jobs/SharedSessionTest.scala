package layertap.jobs

import layertap.extract.SessionPool
import layertap.jobs.Digits.{features, set}
import layertap.testing.JobFolder
import layertap.testing.SameValues.assertSame
import layertap.testing.SharedSpark
import org.scalatest.funsuite.AnyFunSuite

/** Jobs in a Spark session and a JVM that were there before, and go on. */
class SharedSessionTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  private val some = set("input.where=id < 20")
  private val wrongRow = set("input.select.pixels=if(id = 7, slice(pixels, 1, 3), pixels)")

  /** What a user may have set up in a session, and a job could add to. */
  private def settings: Seq[(String, Any)] = Seq(
    "configuration" -> spark.conf.getAll,
    "catalogs" -> spark.catalog.listCatalogs().collect().map(_.name).toSet,
    "functions" -> spark.catalog.listFunctions().collect().map(_.toString).toSet,
    "tables and views" -> spark.catalog.listTables().collect().map(_.toString).toSet
  )

  private def opens(folder: JobFolder): Int = folder.manifest.get("session-opens").asInt

  private def assertAllGivenBack(): Unit = {
    val end = System.nanoTime + 60_000_000_000L
    while (SessionPool.ofThisJvm.inUse > 0 && System.nanoTime < end) Thread.sleep(5)
    assert(SessionPool.ofThisJvm.inUse === 0)
  }

  test("a job leaves the session as it was") {
    spark.range(1).createOrReplaceTempView("view_of_the_user")
    val before = settings
    JobFolder.use(folder => folder.extracted(Digits.job(), some: _*))
    assert(settings === before)
    spark.catalog.dropTempView("view_of_the_user")
  }

  test("a job that fails leaves the session as it was, and gives its model back") {
    val before = settings
    JobFolder.use { folder =>
      val command = folder.extract(Digits.job(), some ++ wrongRow: _*)
      assert(command.code === 2, command.log)
    }
    assert(settings === before)
    assertAllGivenBack()
  }

  test("a second job with the same plan opens nothing, whatever rows it reads") {
    SessionPool.ofThisJvm.closeIdle()
    JobFolder.use { folder =>
      val first = folder.extracted(Digits.job(), set("input.where=id < 40"): _*).collect().toSeq
      assert(opens(folder) === 1)
      JobFolder.use { other =>
        val second = other.extracted(Digits.job(), some: _*).collect().toSeq
        assert(opens(other) === 0)
        assertSame(features(second), features(first).filter(_._1 < 20))
      }
    }
    assertAllGivenBack()
  }

  test("a job with another plan opens its own") {
    SessionPool.ofThisJvm.closeIdle()
    Seq("[softmax]", "[conv1, softmax]").foreach { layers =>
      JobFolder.use { folder =>
        folder.extracted(Digits.job(), some ++ set(s"features=$layers"): _*)
        assert(opens(folder) === 1)
      }
    }
  }

  test("a job after one that failed for its rows opens nothing and counts nothing") {
    SessionPool.ofThisJvm.closeIdle()
    JobFolder.use(folder => folder.extract(Digits.job(), some ++ wrongRow: _*))
    assertAllGivenBack()
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), some: _*)
      assert(opens(folder) === 0)
    }
  }
}
