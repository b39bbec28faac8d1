package layertap.graph

import layertap.graph.Graphs._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.NodeDef
import scala.jdk.CollectionConverters._

class OpsTest extends AnyFunSuite {

  /** All ops with a row, and some arithmetic. */
  private val known = Ops.names.asScala.toSeq ++ Seq("Relu", "MatMul", "StatelessWhile")

  private def opsThat(question: NodeDef => Boolean): Set[String] =
    known.filter(op => question(node("n", op))).toSet

  private def words(text: String): Set[String] = text.split("\\s+").toSet

  // question, ops
  Seq[(String, NodeDef => Boolean, String)](
    ("is a variable", Ops.isVariable, "VarHandleOp VariableV2 Variable"),
    ("is the handle of a variable", Ops.isVariableHandle, "VarHandleOp"),
    ("reads a variable", Ops.readsVariable, "ReadVariableOp"),
    ("is a constant", Ops.isConstant, "Const"),
    ("must be fed", Ops.isPlaceholder, "Placeholder"),
    ("may be fed", Ops.mayBeFed, "Placeholder PlaceholderV2 PlaceholderWithDefault"),
    ("is an identity", Ops.isIdentity, "Identity IdentityN"),
    ("is an identity of one value", Ops.isIdentityOfOne, "Identity"),
    ("only waits", Ops.waits, "Identity IdentityN NoOp"),
    (
      "passes a handle on",
      Ops.passesFirst,
      "Identity StopGradient Enter Exit NextIteration Merge"
    ),
    (
      "is control flow of TensorFlow 1",
      Ops.isFrameOrBranch,
      "Enter RefEnter Exit RefExit NextIteration RefNextIteration Switch RefSwitch Merge RefMerge" +
        " LoopCond _SwitchN"
    ),
    (
      "takes a reference",
      Ops.takesReference,
      "RefIdentity RefEnter RefExit RefNextIteration RefSwitch RefMerge"
    ),
    ("asserts", Ops.asserts, "Assert CheckNumerics CheckNumericsV2"),
    ("assigns by reference", Ops.assignsByReference, "Assign AssignAdd AssignSub"),
    ("has no value", Ops.hasNoValue, "VarHandleOp NoOp Assert"),
    (
      "only reads, though it is registered as stateful",
      Ops.onlyReads,
      """VarHandleOp VariableV2 Variable ReadVariableOp ResourceGather ResourceGatherNd VariableShape
        |VarIsInitializedOp IsVariableInitialized Placeholder While If Case StatefulPartitionedCall
        |HashTableV2 MutableHashTableV2 MutableDenseHashTableV2 AnonymousHashTable LookupTableFindV2
        |LookupTableSizeV2 LookupTableExportV2 TensorArrayV3 TensorArrayReadV3 TensorArrayWriteV3
        |TensorArrayGatherV3 TensorArrayScatterV3 TensorArraySizeV3 StackV2""".stripMargin
    )
  ).foreach { case (what, question, expected) =>
    test(s"which op $what") {
      assert(opsThat(question) === words(expected))
    }
  }

  test("how ops run functions") {
    Seq(
      Ops.Calls.LOOP -> "While StatelessWhile",
      Ops.Calls.BRANCH -> "If StatelessIf Case StatelessCase",
      Ops.Calls.CALL -> "PartitionedCall StatefulPartitionedCall",
      Ops.Calls.NOTHING -> "Relu Const NoOp"
    ).foreach { case (calls, names) =>
      words(names).foreach(op => assert(Ops.calls(node("n", op)) === calls, op))
    }
  }

  test("every op with a row is one of TensorFlow's") {
    val internal = Set("_SwitchN")
    val unknown = Ops.names.asScala.toSet -- internal
    assert(unknown.filterNot(op => ops.find(op).isPresent) === Set.empty)
  }
}
