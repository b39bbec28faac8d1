package layertap.jobs.faults

import layertap.testing.JobFolder
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite

/** A model, as TensorFlow exports it, of which one output can be had and all others are refused:
  * those that do more than compute, that have no column type, that have no row for each row.
  */
class HostileModelTest extends AnyFunSuite {
  private val odd = TestData.root.resolve("odd-models")

  private def job(features: String*): String = {
    val taken = features.map(output => s"{ output = $output, column = $output }")
    s"""model { path = "$odd/hostile_module" }
       |input { format = parquet, path = "$odd/hostile_module.parquet", keep = id }
       |feeds = [ { input = numbers, column = numbers, tensor {} }
       |  { input = word, column = word, tensor {} } ]
       |features = [${taken.mkString(", ")}]
       |""".stripMargin
  }

  private def notRun(op: String, node: String, objection: String) =
    s"cannot cut the model $odd/hostile_module: the op $op of '$node' is not run: $objection; tap a" +
      " layer that does not need it"

  private def notWritten(output: String, port: Int, shape: String) =
    s"cannot write the feature '$output': the tensor StatefulPartitionedCall:$port has the shape" +
      s" $shape, whose first axis is not the batch; tap a tensor with a row for each row"

  private def noColumn(output: String, dtype: String) =
    s"cannot write the feature '$output': there is no column type for $dtype; tap a tensor of" +
      " numbers, booleans or strings"

  private val refusals = Seq(
    "read" -> notRun("ReadFile", "map/while/ReadFile", "it touches files"),
    "found" -> notRun("MatchingFiles", "MatchingFiles", "it touches files"),
    "python" -> notRun("PyFunc", "PyFunc", "it calls Python"),
    "random" -> (notRun(
      "RandomStandardNormal",
      "random_normal/RandomStandardNormal",
      "it gives different values in each run"
    ) + ", or feed the switch that turns it off with value, as keep_prob or is_training"),
    "counted" -> notRun(
      "AssignAddVariableOp",
      "AssignAddVariableOp",
      "it changes a variable or another resource, so that rows would depend on each other"
    ),
    "on_a_gpu" -> ("cannot run the op CudnnRNN of 'CudnnRNN': TensorFlow has no kernel for it on a" +
      " CPU with float32; tap a layer that does not need it"),
    "complex" -> noColumn("complex", "complex64"),
    "unsigned" -> noColumn("unsigned", "uint64"),
    "printed" -> notWritten("printed", 6, "()"),
    "total" -> notWritten("total", 10, "()"),
    "transposed" -> (notWritten("transposed", 12, "(4, ?)") +
      ", or name its axis with batch-axis = 1")
  )

  refusals.foreach { case (output, message) =>
    test(s"$output: refused with the reason")(JobFolder.use { folder =>
      val command = folder.extract(job("doubled", output))
      assert(command.code === 2)
      assert(command.message === message)
    })
  }

  Seq("centered" -> "a mean over the batch", "training" -> "a normalisation of the batch").foreach {
    case (output, what) =>
      test(s"$output: $what is found by synthetic rows")(JobFolder.use { folder =>
        val command = folder.extract(job("doubled", output))
        assert(command.code === 2)
        assert(
          command.message.matches(
            s"cannot trust '$output': a synthetic row has other values alone than beside others, a" +
              " difference of \\S+ between values of up to \\S+; the tensor mixes rows, tap one" +
              " before it"
          ),
          command.message
        )
      })
  }
}
