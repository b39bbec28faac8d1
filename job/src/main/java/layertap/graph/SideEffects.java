package layertap.graph;

import java.util.Set;
import org.tensorflow.proto.NodeDef;

/** Which nodes do something besides computing their outputs. */
public final class SideEffects {
  /**
   * Registered as stateful, yet they only read, or hold functions that are looked at themselves.
   */
  private static final Set<String> READERS =
      Set.of(
          "VarHandleOp",
          "ReadVariableOp",
          "ResourceGather",
          "ResourceGatherNd",
          "VariableShape",
          "VarIsInitializedOp",
          "VariableV2",
          "Variable",
          "IsVariableInitialized",
          "While",
          "If",
          "Case",
          "StatefulPartitionedCall",
          "HashTableV2",
          "MutableHashTableV2",
          "MutableDenseHashTableV2",
          "LookupTableFindV2",
          "LookupTableSizeV2",
          "LookupTableExportV2",
          "AnonymousHashTable",
          "TensorArrayV3",
          "TensorArrayReadV3",
          "TensorArrayWriteV3",
          "TensorArrayGatherV3",
          "TensorArrayScatterV3",
          "TensorArraySizeV3",
          "StackV2",
          "Placeholder");

  private SideEffects() {}

  /** Whether running the node can be noticed by another one that does not take its outputs. */
  public static boolean changesState(NodeDef node, OpDefinitions ops) {
    return node.getOp().equals("Assign")
        || node.getOp().equals("AssignAdd")
        || node.getOp().equals("AssignSub")
        || !READERS.contains(node.getOp())
            && ops.find(node.getOp()).map(op -> op.getIsStateful()).orElse(false);
  }
}
