package layertap.spark.featurizer

import layertap.spark.featurizer.Featurizers.{digits, numbers, rows}
import layertap.testing.{JavaProcess, Npz}
import java.nio.file.Path
import org.scalatest.funsuite.AnyFunSuite

/** A server of Spark Connect interrupts what a client gives up. */
class InterruptedTransformTest extends AnyFunSuite {

  test("a first transform that is interrupted leaves a driver in which the next ones work") {
    val main = InterruptedTransform.getClass.getName.stripSuffix("$")
    val (code, printed) = JavaProcess.start(main, JavaProcess.sparkOptions).finish()
    assert(code === 0, printed)
    assert(
      printed.linesIterator.filter(_.startsWith("transformed")).toSeq ===
        Seq("transformed, interrupted: true", "transformed, as Keras computes: true"),
      printed
    )
  }
}

/** Interrupts the thread that plans the first transform of a driver. */
object InterruptedTransform {

  def main(arguments: Array[String]): Unit = {
    val few = rows(20).cache()
    few.count()
    Thread.currentThread.interrupt()
    digits().transformSchema(few.schema)
    println(s"transformed, interrupted: ${Thread.interrupted()}")
    val found = numbers(digits().transform(few).orderBy("id").collect().toSeq, "softmax")
    val expected = Npz.read(Path.of("test-data/jobs.answers.npz"))("digits/softmax").values
    val difference = found.zip(expected).map { case (one, other) => math.abs(one - other) }.max
    println(s"transformed, as Keras computes: ${found.length == 200 && difference <= 1e-5}")
  }
}
