package layertap.extract.batch

import java.util.OptionalInt
import org.scalatest.funsuite.AnyFunSuite
import scala.collection.mutable

/** Which batch sizes tasks try, and which they keep; times are told, not measured. */
class FastestSizeTest extends AnyFunSuite {
  private val second = 1000000000L

  /** A model: milliseconds that a batch of so many rows takes. */
  private type Model = Int => Double

  /** What a call costs beside its rows. */
  private def overhead(call: Double, row: Double): Model = size => call + row * size

  private final class Run(most: Int = 256) {
    val sizes = new FastestSize(8)
    val batches: mutable.Buffer[Int] = mutable.Buffer()
    var nanos: Double = 0
    var asked = 0

    /** Runs a batch; a partition may have fewer rows left. */
    def batch(model: Model, rowsLeft: Int = Int.MaxValue): Int = {
      val size = math.min(rowsLeft, sizes.next { () => asked += 1; most })
      batches += size
      nanos += model(size) * 1e6
      sizes.ran(size, (model(size) * 1e6).toLong)
      size
    }

    def untilChosen(model: Model): Int = {
      while (sizes.chosen.isEmpty) {
        batch(model)
        assert(batches.size < 5000, "it never ends")
      }
      sizes.chosen.getAsInt
    }

    /** Beside the same rows in batches of one size. */
    def lost(model: Model, size: Int): Double = nanos - batches.sum * model(size) * 1e6 / size
  }

  test("the first 256 rows go in batches of the first size, and the largest is not asked for") {
    val run = new Run
    val before = Iterator.continually(run.batch(overhead(1, 1))).take(32).toSeq
    assert(before === Seq.fill(32)(8) && before.sum === FastestSize.ROWS_BEFORE)
    assert(!run.sizes.takeNews)
    assert(run.asked === 0 && run.sizes.chosen === OptionalInt.empty)
    run.untilChosen(overhead(1, 1))
    assert(run.asked === 1)
  }

  test("where calls cost much, the largest size is chosen, and kept") {
    val run = new Run
    assert(run.untilChosen(overhead(1, 0.01)) === 256)
    assert(run.sizes.takeNews && !run.sizes.takeNews)
    assert(Seq.fill(5)(run.batch(overhead(1, 0.01))) === Seq.fill(5)(256))
  }

  test("no size beyond the largest is ever run") {
    Seq(8, 16, 17, 64).foreach { most =>
      val run = new Run(most)
      val chosen = run.untilChosen(overhead(10, 1))
      assert(chosen <= most && chosen * 2 > most && run.batches.max === chosen)
    }
  }

  test("where only rows cost, the first size stays: smaller ones have more calls around them") {
    assert(new Run().untilChosen(overhead(0, 10)) === 8)
  }

  test("a smaller size is chosen where it gains more than three in a hundred") {
    def gaining(share: Double): Model = size => 10 * size * (if (size < 8) 1 - share else 1.0)
    assert(new Run().untilChosen(gaining(0.02)) === 8)
    assert(new Run().untilChosen(gaining(0.05)) === 2)
  }

  test("a size in the middle is found, and sizes beyond are not tried") {
    // Beyond 32 rows the caches are too small.
    val model: Model = size => 4 + size * (if (size > 32) 2.0 else 1.0)
    val run = new Run
    assert(run.untilChosen(model) === 32)
    assert(run.batches.toSet === Set(4, 8, 16, 32, 64))
  }

  test("sizes take turns") {
    val run = new Run(16)
    // 8 is the fastest.
    val model: Model = size => size * (if (size == 8) 1.0 else 1.1)
    assert(run.untilChosen(model) === 8)
    val tried = run.batches.drop(32)
    tried.sliding(6).drop(8).foreach { six =>
      assert(six.toSet === Set(4, 8, 16), tried)
    }
  }

  test("a batch that is expected to take more than a second is not tried") {
    // 100 ms a row: 8 rows take 0.9 s.
    val run = new Run
    assert(run.untilChosen(overhead(100, 100)) === 8)
    assert(run.batches.max === 8)
  }

  test("trying costs at most a second, a tenth of one and a twentieth of the time so far") {
    for {
      row <- Seq(0.001, 0.01, 1, 20, 60)
      jump <- Seq(1.0, 1.1, 3.0, 50.0)
    } {
      // Each size beyond 8 is slower by a jump, and so is each below.
      val model: Model = size => if (size == 8) 8 * row else size * row * jump
      val run = new Run
      val chosen = run.untilChosen(model)
      assert(model(chosen) / chosen <= 1.02 * model(8) / 8, s"$row ms, $jump times: $chosen")
      val most = math.min(second.toDouble, 0.05 * run.nanos + 0.1 * second)
      // Each size runs once before anything is known of it.
      val unknown = Seq(4, 16).map(size => 4 * model(size) * 1e6).sum
      assert(run.lost(model, 8) <= most + unknown, s"$row ms, $jump times")
    }
  }

  test("one slow batch in a few, beside a garbage collection, does not decide") {
    val random = new scala.util.Random(3)
    for (_ <- 1 to 20) {
      val model: Model =
        size => (2 + size * (if (size > 16) 1.5 else 1.0)) * (if (random.nextInt(6) == 0) 3 else 1)
      assert(new Run().untilChosen(model) === 16)
    }
  }

  test("partitions with fewer rows than a batch: what never fills is given up") {
    val run = new Run
    var batches = 0
    while (run.sizes.chosen.isEmpty) {
      var left = 10
      while (left > 0) {
        left -= run.batch(overhead(1, 0.1), left)
        batches += 1
      }
      assert(batches < 2000, "it never ends")
    }
    assert(run.sizes.chosen.getAsInt === 8)
  }

  test("partitions of three rows: the first size stays, nothing is chosen") {
    val run = new Run
    (1 to 1000).foreach(_ => run.batch(overhead(1, 0.1), 3))
    assert(run.sizes.chosen === OptionalInt.empty)
    assert(run.sizes.next(() => 256) === 8)
  }

  test("batches that were split, and so are not told of, do not keep the others from a choice") {
    val run = new Run
    var count = 0
    while (run.sizes.chosen.isEmpty) {
      val size = run.sizes.next(() => 256)
      // A row in each that its model refuses.
      if (size <= 16) run.sizes.ran(size, 1000000L + size * 100000L)
      count += 1
      assert(count < 2000, "it never ends")
    }
    assert(run.sizes.chosen.getAsInt === 16)
  }

  test("always: one size, and nothing to choose") {
    val sizes = BatchSizes.always(3)
    sizes.ran(3, 1)
    assert(sizes.next(() => fail("asked")) === 3 && sizes.chosen === OptionalInt.empty)
  }

  test("the choice for a plan is kept, others have their own") {
    val choices = new BatchChoices
    val first = choices.of("plan", 8)
    while (first.chosen.isEmpty) {
      val size = first.next(() => 64)
      first.ran(size, 1000000L + size)
    }
    assert(choices.of("plan", 8).next(() => fail("asked again")) === 64)
    assert(choices.of("other", 8).next(() => 64) === 8)
    assert(BatchChoices.ofThisJvm eq BatchChoices.ofThisJvm)
  }

  test("partitions that become smaller than all sizes still tried leave one of them") {
    def model(size: Int) = if (size == 8) 0.4 else 0.3 + 0.002 * size
    for (full <- 40 to 100; left <- Seq(1, 3, 7)) {
      val run = new Run
      (1 to full).foreach(_ => run.batch(model))
      // Each partition has but a few rows, which no size that is tried has.
      (1 to 500).foreach(_ => run.batch(model, rowsLeft = left))
      assert(run.untilChosen(model) >= 8, s"after $full full batches")
    }
  }
}
