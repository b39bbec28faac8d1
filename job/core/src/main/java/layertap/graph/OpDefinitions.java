package layertap.graph;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import layertap.failure.GraphException;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.OpList;

/**
 * The ops registered in the TensorFlow that will run the graph, read from a resource of the build
 * so that no natives are needed. Immutable and thread-safe.
 */
public final class OpDefinitions {
  private static final String RESOURCE = "registered-ops.pb.gz";

  private final Map<String, OpDef> registered;
  private final Map<String, OpDef> foreign;

  private OpDefinitions(Map<String, OpDef> registered, Map<String, OpDef> foreign) {
    this.registered = registered;
    this.foreign = foreign;
  }

  private static final class Holder {
    static final OpDefinitions REGISTERED = load();

    private static OpDefinitions load() {
      try (InputStream resource = OpDefinitions.class.getResourceAsStream(RESOURCE);
          InputStream unzipped = new GZIPInputStream(resource)) {
        return new OpDefinitions(byName(OpList.parseFrom(unzipped)), Map.of());
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read the resource " + RESOURCE, e);
      }
    }
  }

  /** The ops of the TensorFlow in this build. */
  public static OpDefinitions registered() {
    return Holder.REGISTERED;
  }

  /**
   * The same, and for ops that are not registered what a SavedModel's own op list says of them:
   * enough to follow a graph's edges, not to run it.
   */
  public OpDefinitions withForeign(OpList stripped) {
    return new OpDefinitions(registered, Collections.unmodifiableMap(byName(stripped)));
  }

  private static Map<String, OpDef> byName(OpList list) {
    Map<String, OpDef> byName = new HashMap<>();
    for (OpDef op : list.getOpList()) {
      byName.put(op.getName(), op);
    }
    return byName;
  }

  /** Whether this build's TensorFlow has the op. */
  public boolean isRegistered(String op) {
    return registered.containsKey(op);
  }

  /** The definition, the runtime's if it has one, else the SavedModel's own. */
  public Optional<OpDef> find(String op) {
    OpDef known = registered.get(op);
    return Optional.ofNullable(known != null ? known : foreign.get(op));
  }

  /**
   * The definition that the SavedModel brings for the op, for attributes newer than the runtime.
   */
  public Optional<OpDef> findForeign(String op) {
    return Optional.ofNullable(foreign.get(op));
  }

  /** The dtypes of a node's outputs, in order; empty for an op that nobody defines. */
  public List<DataType> outputTypes(NodeDef node) {
    return find(node.getOp()).map(op -> types(node, op.getOutputArgList())).orElseGet(List::of);
  }

  /** The dtypes of a node's data inputs, in order; empty for an op that nobody defines. */
  public List<DataType> inputTypes(NodeDef node) {
    return find(node.getOp()).map(op -> types(node, op.getInputArgList())).orElseGet(List::of);
  }

  /**
   * The position among all outputs of {@code node} of the first one of {@code argument}. A
   * FunctionDef writes {@code node:argument:k}, a GraphDef {@code node:position}.
   */
  public Optional<Integer> outputPosition(NodeDef node, String argument) {
    OpDef op = find(node.getOp()).orElse(null);
    if (op == null) {
      return Optional.empty();
    }
    int position = 0;
    for (OpDef.ArgDef output : op.getOutputArgList()) {
      if (output.getName().equals(argument)) {
        return Optional.of(position);
      }
      position += types(node, List.of(output)).size();
    }
    throw new GraphException(
        "cannot follow the graph: op " + op.getName() + " has no output '" + argument + "'");
  }

  private static List<DataType> types(NodeDef node, List<OpDef.ArgDef> arguments) {
    List<DataType> types = new ArrayList<>(arguments.size());
    for (OpDef.ArgDef argument : arguments) {
      if (!argument.getTypeListAttr().isEmpty()) {
        types.addAll(attribute(node, argument.getTypeListAttr()).getList().getTypeList());
        continue;
      }
      DataType type =
          argument.getTypeAttr().isEmpty()
              ? argument.getType()
              : attribute(node, argument.getTypeAttr()).getType();
      long repeats =
          argument.getNumberAttr().isEmpty() ? 1 : attribute(node, argument.getNumberAttr()).getI();
      if (repeats < 0 || repeats > GraphLimits.MAX_NODES) {
        throw new GraphException(
            "cannot follow the graph: node '%s' says it has %s tensors in '%s'"
                .formatted(node.getName(), repeats, argument.getName()));
      }
      types.addAll(Collections.nCopies((int) repeats, type));
    }
    return types;
  }

  private static AttrValue attribute(NodeDef node, String name) {
    AttrValue value = node.getAttrMap().get(name);
    return value != null ? value : defaultValue(node.getOp(), name);
  }

  private static AttrValue defaultValue(String opName, String attribute) {
    OpDef op = Holder.REGISTERED.registered.get(opName);
    if (op != null) {
      for (OpDef.AttrDef candidate : op.getAttrList()) {
        if (candidate.getName().equals(attribute)) {
          return candidate.getDefaultValue();
        }
      }
    }
    return AttrValue.getDefaultInstance();
  }
}
