package layertap.graph;

import java.util.HashMap;
import java.util.Map;
import org.tensorflow.proto.FunctionDefLibrary;
import org.tensorflow.proto.NodeDef;

/** Which nodes do something besides computing their outputs. Not thread-safe. */
public final class SideEffects {
  private final FunctionLibrary library;
  private final OpDefinitions ops;
  private final Map<String, Boolean> ofFunctions = new HashMap<>();

  public SideEffects(FunctionDefLibrary library, OpDefinitions ops) {
    this.library = new FunctionLibrary(library);
    this.ops = ops;
  }

  /** Whether running the node can be noticed by another one that does not take its outputs. */
  public boolean changesState(NodeDef node) {
    return changesItself(node)
        || node.getAttrMap().values().stream()
            .flatMap(value -> FunctionLibrary.functionsIn(value).stream())
            .anyMatch(function -> ofFunctions.computeIfAbsent(function, this::isIn));
  }

  private boolean isIn(String function) {
    NodeDef call = NodeDef.newBuilder().setOp(function).build();
    return library.nodesRunBy(call).anyMatch(this::changesItself);
  }

  private boolean changesItself(NodeDef node) {
    return Ops.assignsByReference(node)
        || (!Ops.onlyReads(node)
            && ops.find(node.getOp()).map(op -> op.getIsStateful()).orElse(false));
  }
}
