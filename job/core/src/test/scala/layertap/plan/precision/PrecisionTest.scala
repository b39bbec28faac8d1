package layertap.plan.precision

import java.util.Optional
import layertap.failure.{EnvironmentException, FailureKind, UserException}
import layertap.process.ProcessorFlags
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Who may compute in fewer bits. */
class PrecisionTest extends AnyFunSuite {
  private val fact = Optional.of("this processor has none of avx512_bf16, amx_bf16")

  test("a driver without instructions for it refuses, and says what would do") {
    val refused = intercept[UserException](Precision.BFLOAT16.requireOnDriver(() => fact))
    assert(
      refused.getMessage === s"cannot compute in bfloat16: ${fact.get}; set run.precision = auto," +
        " or forced-bfloat16 to do so all the same, far slower"
    )
    Precision.BFLOAT16.requireOnDriver(() => Optional.empty())
  }

  test("an executor fails in a way that another try may mend") {
    val failed = intercept[EnvironmentException](Precision.BFLOAT16.requireOnExecutor(() => fact))
    assert(failed.kind === FailureKind.ENVIRONMENT)
    assert(
      failed.getMessage === "cannot compute in bfloat16 on this executor, as the driver's plan" +
        s" wants it: ${fact.get}; run on hosts of one kind, or set run.precision = float32"
    )
  }

  test("float32, and what is forced, runs everywhere") {
    Seq(Precision.FLOAT32, Precision.FORCED_BFLOAT16).foreach { precision =>
      precision.requireOnDriver(() => fact)
      precision.requireOnExecutor(() => fact)
      assert(precision.text === (if (precision == Precision.FLOAT32) "float32" else "bfloat16"))
    }
  }

  test("an obstacle is the lack of instructions, or of the kernels that use them") {
    val isFit = ProcessorFlags.BFLOAT16.asScala.exists(ProcessorFlags.ofThisMachine.contains(_))
    assert(Precision.obstacle(true) === (if (isFit) Optional.empty() else fact))
    val off = Optional.of("oneDNN's kernels are off (TF_ENABLE_ONEDNN_OPTS)")
    assert(Precision.obstacle(false) === (if (isFit) off else fact))
  }
}
