package layertap.graph.rewrite;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import layertap.failure.GraphException;
import layertap.graph.OpDefinitions;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Removes attributes that ops got after the TensorFlow of this build, where the model leaves them
 * at their defaults; TensorFlow's own loader does the same.
 */
public final class NewerAttributes {
  private final OpDefinitions ops;

  private NewerAttributes(OpDefinitions ops) {
    this.ops = ops;
  }

  /** A SavedModel's own op list leaves out ops that stand in functions only. */
  private static final Map<String, AttrValue> KNOWN_DEFAULTS =
      Map.of("TensorListGetItem.Tshape", AttrValue.newBuilder().setType(DataType.DT_INT32).build());

  /**
   * The graph without them.
   *
   * @throws GraphException if such an attribute is set to something else
   */
  public static GraphDef remove(GraphDef graph, OpDefinitions ops) {
    NewerAttributes remover = new NewerAttributes(ops);
    GraphDef.Builder changed = graph.toBuilder();
    for (int i = 0; i < graph.getNodeCount(); i++) {
      changed.setNode(i, remover.remove(graph.getNode(i)));
    }
    for (FunctionDef.Builder function : changed.getLibraryBuilder().getFunctionBuilderList()) {
      for (int i = 0; i < function.getNodeDefCount(); i++) {
        function.setNodeDef(i, remover.remove(function.getNodeDef(i)));
      }
    }
    return changed.build();
  }

  private NodeDef remove(NodeDef node) {
    OpDef op = ops.isRegistered(node.getOp()) ? ops.find(node.getOp()).orElseThrow() : null;
    if (op == null) {
      return node;
    }
    Set<String> unknown = new HashSet<>();
    for (String attribute : node.getAttrMap().keySet()) {
      if (!attribute.startsWith("_") && attributeOf(op, attribute) == null) {
        unknown.add(attribute);
      }
    }
    if (unknown.isEmpty()) {
      return node;
    }
    NodeDef.Builder copy = node.toBuilder();
    for (String attribute : unknown) {
      requireDefault(node, attribute);
      copy.removeAttr(attribute);
    }
    return copy.build();
  }

  private void requireDefault(NodeDef node, String attribute) {
    OpDef.AttrDef newer =
        ops.findForeign(node.getOp()).map(op -> attributeOf(op, attribute)).orElse(null);
    AttrValue value = node.getAttrOrThrow(attribute);
    boolean isDefault =
        newer == null
            ? value.equals(KNOWN_DEFAULTS.get(node.getOp() + "." + attribute))
            : newer.getDefaultValue().equals(value);
    if (!isDefault) {
      throw new GraphException(
          ("cannot run '%s': its op %s sets '%s', which layertap's TensorFlow "
                  + "does not know; export the model with an older TensorFlow, or tap a "
                  + "layer that does not need it")
              .formatted(node.getName(), node.getOp(), attribute));
    }
  }

  private static OpDef.AttrDef attributeOf(OpDef op, String name) {
    for (OpDef.AttrDef attribute : op.getAttrList()) {
      if (attribute.getName().equals(name)) {
        return attribute;
      }
    }
    return null;
  }
}
