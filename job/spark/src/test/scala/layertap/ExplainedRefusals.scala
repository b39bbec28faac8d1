package layertap

import java.nio.file.Path
import layertap.testing.Answer

/** Why a layer may be refused that an answer is for: what the file does not tell, by words of the
  * refusal.
  */
object ExplainedRefusals {
  private val noOpsOfItsOwn = "the graph does not show which ops belong to it"

  /** Of a tensor of more places than rows. */
  val mixed = "the tensor mixes rows"

  private val orderOfOutputs = "order of outputs"

  /** What an export alone cannot tell of layers that have ops: reason, and words that say so. */
  private val explained = Seq(
    orderOfOutputs -> "the file does not say which is which output",
    "adjacent calls" -> "calls that directly follow each other look like one",
    "order of inputs" -> "the graph does not tell the order of its inputs",
    "a tensor that enters twice" -> "set at = \"input:0\" to ",
    "the only input that shows" -> "does not say which of the layer's inputs that is"
  )

  /** Custom layers of several outputs of which the model does not use every one. */
  private val explainedWithTopology =
    explained.take(1) :+ ("unused outputs" -> "the graph shows no such output")

  /** Random models have layers without ops that pick one of their inputs, and others after them. */
  private val explainedInRandomModels = Seq(
    "taken by operators alone" -> "nothing tells which tensor that is",
    "picked by a layer without ops" -> "the graph does not show which tensor is its output",
    "enters a layer without ops" -> "the graph does not show which tensor enters it",
    "one of several calls" -> noOpsOfItsOwn,
    "one of what enters it shows" -> "does not say which of the layer's inputs that is",
    "enters a model that the graph does not show" -> "nothing enters it"
  )

  private val explainedInRandomScopes = Seq(
    "a scope of two layers" -> noOpsOfItsOwn,
    "layers called beside the model, of a name in both" -> "several layers have that name"
  )

  private val explainedOfConstants = Seq(
    "depends on no input" -> "the graph does not show which tensor is its output",
    "beside what depends on no input" -> "does not say which of the layer's inputs that is"
  )

  /** Of a function whose first argument is no tensor, Keras 2 does not write the others. */
  private val explainedOfFunctions = explained.filter(_._1 == "order of inputs")

  /** Of the layers inside of a library's, some do nothing, or give what no input changes. */
  private val explainedInLibraries = Seq(
    "inside of a layer, without ops of its own that depend on an input" ->
      "the model has no layer of that name",
    "depends on no input" -> "the graph does not show which tensor is its output"
  )

  /** Of cells other than Keras' own, nothing tells which state a name means. */
  private val explainedOfCells =
    Seq("states of other cells" -> "do not tell which of its states that is")

  private val withoutTopology = Seq(
    "unused outputs" -> "the graph shows no such output",
    "only unused outputs" -> "the graph does not show which tensor is its output",
    "inside a TimeDistributed layer, whose class the file does not name" -> mixed
  )

  private val withoutOps = Seq(
    "no trace in the export" -> "without ops (InputLayer, Dropout, a linear Activation, a Lambda",
    "list only, no ops" -> noOpsOfItsOwn,
    "nothing enters" -> "nothing enters it"
  )

  /** Reasons that are accepted for an answer. Of a Bidirectional layer the graph tells the outputs
    * whatever the file says.
    */
  def of(model: Path, answer: Answer, isJoined: Boolean): Seq[(String, String)] = {
    val known = of(model, answer.hasOps, isJoined) ++
      (if (hasOtherCells(model)) explainedOfCells else Nil)
    if (answer.className == "Bidirectional") known.filterNot(_._1 == orderOfOutputs) else known
  }

  private def hasOtherCells(model: Path): Boolean =
    Seq("zoo_rnn_stacked_cells", "zoo_rnn_memory_first")
      .exists(model.getFileName.toString.startsWith(_))

  /** Reasons that are accepted, each with the words that say so. */
  def of(model: Path, hasOps: Boolean, isJoined: Boolean): Seq[(String, String)] =
    if (isOfLibrary(model)) explained ++ withoutTopology ++ explainedInLibraries
    else if (!isJoined)
      explained ++ withoutTopology ++ (if (hasOps) Nil else withoutOps) ++
        (if (isRandom(model)) explainedInRandomScopes else Nil)
    else if (isRandom(model))
      explainedWithTopology ++ explainedInRandomModels
    else if (model.getFileName.toString.startsWith("zoo_weights_as_output"))
      explainedWithTopology ++ explainedOfConstants
    else if (model.getFileName.toString.startsWith("zoo_tf_functions"))
      explainedWithTopology ++ explainedOfFunctions
    else explainedWithTopology

  private def isRandom(model: Path): Boolean = model.getFileName.toString.startsWith("random_")

  def isOfLibrary(model: Path): Boolean =
    model.getFileName.toString.startsWith("library_")
}
