package layertap.jobs.output

import layertap.jobs.Digits
import layertap.jobs.Digits.set
import java.nio.{ByteBuffer, ByteOrder}
import layertap.tensor.HalfFloats
import layertap.testing.SameValues.assertSameRows
import layertap.testing.{
  Command,
  JavaProcess,
  JobFolder,
  SameValues,
  SeededRandom,
  Setting,
  SharedSpark
}
import layertap.testing.Storage
import org.apache.spark.sql.Row
import org.apache.spark.sql.functions.{col, expr, lit, not, slice, when}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType
import scala.collection.mutable

/** Random runs one after the other on one output: mode, policy, budget, chunks, folders, keys,
  * features, files and rows that are bad or mended; some are killed and run again. After each the
  * output has the rows that it must have, each once, with a clean run's features. `-Drandom.runs=N`
  * grows N histories, from the seed `random.first` on.
  */
abstract class RandomRuns extends AnyFunSuite {

  /** Where a history's output is, not there yet. */
  protected def storage(folder: JobFolder): Storage

  private val rows = 60

  /** Longest time from taking the output to a kill. */
  private val milliseconds = 3000
  private val kept = "id, label, split, day"

  /** Around those that the calendar of java.sql lacks. */
  private val day = expr("date_add(date'1582-09-20', id)")
  private val spark = SharedSpark.session
  private val cleanRuns = mutable.Map[String, Map[Int, Seq[Any]]]()

  /** Rounding to float16, of a feature's largest value. */
  private val halfTolerance = 1e-3

  private val serializers = Seq("JavaSerializer", "KryoSerializer")

  private val choices = Seq(
    Seq("softmax") -> "[softmax]",
    Seq("softmax", "pooled") -> "[softmax, { layer = conv2, pool = avg, column = pooled }]",
    Seq("before") -> "[{ layer = dense, at = input, as = vector, column = before }]",
    Seq("map", "dense") -> "[{ layer = bn1, store = float16, column = map }, dense]"
  )

  private class History(seed: Int, folder: JobFolder) {
    private val draw = SeededRandom.of(seed)
    private val at = storage(folder)
    private val (columns, features) = one(choices)
    private val fixed = set(s"features=$features", s"output.path=${at.output}") ++
      set(s"output.key=${one(Seq("id", "day", "[split, id]", "[label, day]"))}") ++
      (if (draw.nextBoolean()) set("output.partition-by=split") else Seq()) ++
      (if (draw.nextBoolean()) set("run.optimize=exact") else Seq())
    private val tolerance =
      if (features.contains("float16")) halfTolerance else SameValues.tolerance
    private val clean = cleanRuns.getOrElseUpdate(features, cleanRun(features, columns))
    private var bad = (0 until rows).filter(_ => draw.nextInt(4) == 0).toSet
    private var output = Option.empty[RandomOutput]
    private val told = mutable.Buffer[String](s"seed $seed, ${fixed.mkString(" ")}")

    private def one[A](values: Seq[A]): A = values(draw.nextInt(values.size))

    def go(): Unit = {
      write()
      (0 until 2 + draw.nextInt(3)).foreach { _ =>
        if (draw.nextInt(3) == 0) mend()
        val run = next()
        told += s"$run of $output"
        val mayBeThere = draw.nextInt(4) == 0
        if (mayBeThere) killSomewhere(run)
        val command = folder.extract(Digits.job(input, kept), fixed ++ settings(run): _*)
        check(run, command, mayBeThere)
        assert(at.names.subsetOf(Set("out")), told)
      }
    }

    private def input = folder.path.resolve("in").toString

    private def mend(): Unit = {
      bad = bad.filter(_ => draw.nextBoolean())
      write()
    }

    private def write(): Unit = {
      val (missing, short) = bad.partition(_ % 2 == 0)
      val pixels = when(col("id").isin(missing.toSeq: _*), lit(null))
        .when(col("id").isin(short.toSeq: _*), slice(col("pixels"), 1, 5))
        .otherwise(col("pixels"))
      spark.read
        .parquet("test-data/digits")
        .where(s"id < $rows")
        .withColumn("pixels", pixels)
        .withColumn("day", day)
        .repartition(1 + draw.nextInt(4))
        .write
        .mode("overwrite")
        .parquet(input)
    }

    private def next(): RandomRun = {
      val from = draw.nextInt(rows)
      val range = (from until math.min(rows, from + draw.nextInt(25))).toSet
      val mode = one(Seq("error", "overwrite", "append", "append", "resume", "resume", "resume"))
      val ids = if (mode == "append") range -- output.toSeq.flatMap(_.all) else range
      val invalid = one(Seq("error", "skip", "skip", "keep"))
      val sizes = set(
        s"output.chunk-rows=${one(Seq(1, 2, 7, 1000))}",
        s"run.batch-size=${one(Seq("1", "3", "8", "auto"))}",
        s"run.first-rows=${one(Seq(0, 2, 16))}",
        s"output.compression=${one(Seq("zstd", "snappy", "none"))}"
      )
      // That of resume is of the whole output, with keys that earlier runs skipped.
      val budget = if (mode == "resume") 1.0 else one(Seq(1.0, 1.0, 0.3, 0.0))
      RandomRun(mode, invalid, budget, ids, bad, sizes)
    }

    private def settings(run: RandomRun): Seq[String] = set(
      s"output.mode=${run.mode}",
      s"rows.on-invalid=${run.onInvalid}",
      s"rows.max-invalid=${run.budget}",
      s"input.where=id in (${(run.ids + -1).mkString(", ")})"
    ) ++ run.settings

    /** Starts a run in a JVM of its own and kills it at a random moment after it took the output;
      * not if it ends before. Readers find what was there, or what shall be.
      */
    private def killSomewhere(run: RandomRun): Unit = {
      val command =
        Seq("extract", folder.write(Digits.job(input, kept)).toString) ++
          set("run.trial-seconds=0") ++ fixed ++ settings(run)
      val serializer = s"-Dspark.serializer=org.apache.spark.serializer.${one(serializers)}"
      told += serializer
      val process = JavaProcess.layertap(at.javaOptions :+ serializer, command: _*)
      while (process.isAlive && !at.exists(at.beside)) Thread.sleep(5)
      process.awaitEnd(draw.nextInt(milliseconds).toLong)
      process.kill(isTold = draw.nextBoolean())
      val (code, log) = process.finish()
      val clue = s"${told.mkString("\n")}\nended with $code: $log"
      assert(code == 137 || code == 143 || code == endOf(run), clue)
      told += s"ended with $code"
      if (at.exists(at.output)) {
        val now = found(run.isKeeping)
        val before = output.getOrElse(RandomOutput(Set(), Set(), run.isKeeping))
        val after = run.outcome(output).getOrElse(before)
        val isPart = run.mayLeavePart && before.all.subsetOf(now.all) &&
          now.all.subsetOf(before.all ++ run.ids)
        val isBefore = now.good == before.good && now.invalid == before.invalid
        assert(isBefore || now == after || isPart, clue)
      }
    }

    private def endOf(run: RandomRun): Int = if (run.outcome(output).isDefined) 0 else 2

    private def check(run: RandomRun, command: Command, mayBeThere: Boolean): Unit = {
      def clue = s"${told.mkString("\n")}\n${command.log}"
      val expected = run.outcome(output)
      val isThereAlready = mayBeThere && expected.isDefined && run.mayBeRefusedOnceThere &&
        command.code == 2 && command.log.contains("already")
      assert(isThereAlready || command.code == endOf(run), clue)
      val isThere = at.exists(at.output)
      if (expected.isEmpty && run.mayLeavePart && isThere) {
        val left = found(run.isKeeping)
        val before = output.getOrElse(RandomOutput(Set(), Set(), run.isKeeping))
        assert(before.all.subsetOf(left.all) && left.all.subsetOf(before.all ++ run.ids), clue)
        output = Some(left)
      } else if (expected.isDefined) {
        output = Option.when(isThere)(expected.get)
        assert(isThere || expected.get.all.isEmpty, clue)
      }
      output.foreach(_ => assert(isThere, clue))
      output.filter(_.all.nonEmpty).foreach { now =>
        val there = found(now.hasErrors)
        assert(there === now, clue)
      }
    }

    /** The rows of the output, whose features are checked. */
    private def found(hasErrors: Boolean): RandomOutput = {
      val written = at.rows
      val keeps = written.columns.contains("_error")
      val all = written.collect().toSeq
      val ids = all.map(_.getAs[Int]("id"))
      assert(written.where(not(col("day") <=> day)).isEmpty, told)
      assert(ids.distinct.size === ids.size, told)
      val (invalid, valid) = all.partition(row => keeps && row.getAs[String]("_error") != null)
      val values = valid.map(row => row.getAs[Int]("id") -> of(row, columns)).toMap
      val good = values.keys.toSeq
      assertSameRows(good.map(values), good.map(clean), told, tolerance)
      assert(invalid.forall(row => of(row, columns).forall(_ == null)), told)
      RandomOutput(
        values.keySet,
        invalid.map(_.getAs[Int]("id")).toSet,
        keeps || hasErrors && all.isEmpty
      )
    }
  }

  private def cleanRun(features: String, columns: Seq[String]): Map[Int, Seq[Any]] =
    JobFolder.use { folder =>
      val settings = set(s"features=$features", s"input.where=id < $rows", "run.optimize=exact")
      folder
        .extracted(Digits.job(), settings: _*)
        .collect()
        .map(row => row.getAs[Int]("id") -> of(row, columns))
        .toMap
    }

  private def of(row: Row, columns: Seq[String]): Seq[Any] =
    columns.map { column =>
      row.getAs[Any](column) match {
        case halves: Array[Byte] => numbers(halves)
        case value               => value
      }
    }

  /** Of an array of float16, little-endian. */
  private def numbers(halves: Array[Byte]): Seq[Float] = {
    val bits = new Array[Short](halves.length / java.lang.Short.BYTES)
    ByteBuffer.wrap(halves).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer.get(bits)
    HalfFloats.toFloats(DataType.DT_HALF, bits).toSeq
  }

  private val first = Setting.of("random.first").fold(0)(_.toInt)

  (first until first + Setting.of("random.runs").fold(5)(_.toInt)).foreach { seed =>
    test(s"history $seed") {
      JobFolder.use(folder => new History(seed, folder).go())
    }
  }
}
