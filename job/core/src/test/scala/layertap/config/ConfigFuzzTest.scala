package layertap.config

import java.util.List.{of => listOf}
import layertap.failure.ConfigProblemException
import layertap.testing.Setting
import org.scalatest.funsuite.AnyFunSuite
import scala.util.{Failure, Try}

/** Configurations with faults are read, or refused as the user's. `-Dfuzz.configurations=N` makes N
  * of them from the seed `fuzz.first` on.
  */
class ConfigFuzzTest extends AnyFunSuite {
  private val first = Setting.of("fuzz.first").fold(0)(_.toInt)
  private val count = Setting.of("fuzz.configurations").fold(2000)(_.toInt)

  test(s"$count configurations with faults are read, or refused with what is wrong") {
    val outcomes = (first until first + count).map { seed =>
      val text = ConfigMutations.mutant(seed)
      Try(JobConfigLoader.load(text, "job.conf", listOf())) match {
        case Failure(refused: ConfigProblemException) =>
          assert(refused.getMessage.startsWith("cannot use the configuration"), text)
          false
        case Failure(other) => fail(s"seed $seed: $other\n$text", other)
        case _              => true
      }
    }
    val read = outcomes.count(identity)
    assert(read > count / 20 && read < count / 2, s"$read of $count are read")
  }
}
