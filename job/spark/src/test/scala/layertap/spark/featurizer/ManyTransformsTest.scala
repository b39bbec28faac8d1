package layertap.spark.featurizer

import layertap.extract.SessionPool
import layertap.spark.featurizer.Featurizers.{digits, numbers, rows}
import layertap.tensorflow.TensorFlowRuntime
import layertap.testing.SharedSpark
import org.apache.spark.SparkEnv
import org.apache.spark.storage.BroadcastBlockId
import org.scalatest.funsuite.AnyFunSuite

/** Many transforms with many plans in one application. */
class ManyTransformsTest extends AnyFunSuite {
  private val spark = SharedSpark.session

  private val plans = 20

  private def broadcasts(): Int = {
    val blocks = SparkEnv.get.blockManager.getMatchingBlockIds(_.isInstanceOf[BroadcastBlockId])
    blocks.size
  }

  test("200 transforms with 20 plans: few sessions, no more memory, broadcasts go") {
    val pool = SessionPool.ofThisJvm
    pool.closeIdle()
    val source = rows(6).cache()
    source.count()
    val expected =
      numbers(digits("[dense]").transform(source).orderBy("id").collect().toSeq, "dense")
    var most = 0
    var (nativeBytes, blocks) = (Vector.empty[Long], Vector.empty[Int])
    (0 until 200).foreach { i =>
      val column = s"dense${i % plans}"
      val added = digits(s"[{ layer = dense, column = $column }]").transform(source)
      val found = numbers(added.orderBy("id").collect().toSeq, column)
      assert(found.zip(expected).forall { case (a, b) => math.abs(a - b) <= 1e-5 })
      most = most.max(pool.size)
      if (i % plans == plans - 1) {
        System.gc()
        Thread.sleep(200)
        nativeBytes :+= TensorFlowRuntime.nativeBytes()
        blocks :+= broadcasts()
      }
    }
    assert(most <= SessionPool.MOST_IDLE, "sessions")
    assert(nativeBytes.drop(2).max <= nativeBytes.take(3).max * 3 / 2, nativeBytes.toString)
    // Each round leaves 40 blocks and more, unless the cleaner takes them.
    assert(blocks.last <= blocks.take(3).max + 60, blocks.toString)
    val end = System.nanoTime + 60_000_000_000L
    while (pool.inUse > 0 && System.nanoTime < end) Thread.sleep(5)
    assert(pool.inUse === 0)
    source.unpersist()
  }
}
