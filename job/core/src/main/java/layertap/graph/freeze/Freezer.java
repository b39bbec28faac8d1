package layertap.graph.freeze;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.failure.GraphException;
import layertap.graph.FunctionLibrary;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.graph.TensorShape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.FunctionDefLibrary;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Puts constants in the place of variables.
 *
 * <p>Where a variable's handle went, its value goes: through identities, loops and branches, and
 * into the functions of {@code While}, {@code If} and {@code Case}, which are copied with other
 * types:
 *
 * <pre>
 *   VarHandleOp ─▶ ReadVariableOp ─▶ MatMul      becomes   Const ─▶ Identity ─▶ MatMul
 *   VarHandleOp ─▶ While(resource)               becomes   Const ─▶ While(float)
 * </pre>
 */
public final class Freezer {
  private static final int MAX_DEPTH = 200;

  private final Map<String, FunctionDef> functions = new LinkedHashMap<>();
  private final Map<String, Specialized> specialized = new HashMap<>();
  private final Set<String> active = new HashSet<>();

  private Freezer(FunctionDefLibrary library) {
    library
        .getFunctionList()
        .forEach(function -> functions.put(function.getSignature().getName(), function));
  }

  /**
   * A function whose arguments were handles.
   *
   * @param name of the copy
   * @param returned types of the values that it returns where it returned handles, by position
   */
  record Specialized(String name, Map<Integer, DataType> returned) {}

  /**
   * Freezes the graph.
   *
   * @throws GraphException if a node uses a variable in a way that a constant cannot serve
   */
  public static FrozenGraph freeze(GraphDef graph) {
    Freezer freezer = new Freezer(graph.getLibrary());
    List<FrozenGraph.Variable> variables = new ArrayList<>();
    List<NodeDef> nodes = new ArrayList<>(graph.getNodeCount());
    Map<String, DataType> handles = new HashMap<>();
    for (NodeDef node : graph.getNodeList()) {
      if (!Ops.isVariable(node)) {
        nodes.add(withoutReferences(node));
        continue;
      }
      FrozenGraph.Variable variable = variable(node);
      variables.add(variable);
      nodes.add(constant(node, variable.dtype()));
      if (Ops.isVariableHandle(node)) {
        handles.put(node.getName() + ":0", variable.dtype());
      }
    }
    List<NodeDef> frozen = new HandleLowering(TensorNames.OF_GRAPH, freezer).lower(nodes, handles);
    List<NodeDef> clean = frozen.stream().map(Freezer::withoutNotes).toList();
    FunctionDefLibrary library =
        FunctionDefLibrary.newBuilder()
            .addAllFunction(freezer.functions.values().stream().map(Freezer::withoutNotes).toList())
            .build();
    return new FrozenGraph(
        GraphDef.newBuilder()
            .setVersions(graph.getVersions())
            .addAllNode(clean)
            .setLibrary(new FunctionLibrary(library).reachableFrom(clean))
            .build(),
        variables);
  }

  /** The copy of a function that takes values of the given types where it took handles. */
  Specialized specialize(String name, Map<Integer, DataType> handleArguments) {
    String key = name + handleArguments;
    Specialized known = specialized.get(key);
    if (known != null) {
      return known;
    }
    FunctionDef function = functions.get(name);
    if (function == null) {
      throw new GraphException("cannot freeze the graph: it has no function '" + name + "'");
    }
    if (active.size() >= MAX_DEPTH || !active.add(key)) {
      throw new GraphException("cannot freeze the graph: function '" + name + "' calls itself");
    }
    FunctionDef.Builder copy = function.toBuilder().clearArgAttr().clearResourceArgUniqueId();
    Map<String, DataType> handles = new HashMap<>();
    handleArguments.forEach(
        (position, dtype) -> {
          if (position < 0 || position >= function.getSignature().getInputArgCount()) {
            throw new GraphException(
                "cannot freeze the graph: a caller of '" + name + "' gives more than it takes");
          }
          OpDef.ArgDef argument = function.getSignature().getInputArg(position);
          handles.put(argument.getName(), dtype);
          copy.getSignatureBuilder().getInputArgBuilder(position).setType(dtype).clearHandleData();
        });
    HandleLowering lowering = new HandleLowering(TensorNames.OF_FUNCTION, this);
    copy.clearNodeDef().addAllNodeDef(lowering.lower(function.getNodeDefList(), handles));
    active.remove(key);
    String copyName = name + "_frozen_" + specialized.size();
    copy.getSignatureBuilder().setName(copyName);
    Map<Integer, DataType> returned = new HashMap<>();
    for (int i = 0; i < function.getSignature().getOutputArgCount(); i++) {
      String output = function.getSignature().getOutputArg(i).getName();
      String value = function.getRetMap().getOrDefault(output, "");
      copy.putRet(output, lowering.renamed(value));
      DataType dtype = handles.get(value);
      if (dtype != null) {
        returned.put(i, dtype);
        copy.getSignatureBuilder().getOutputArgBuilder(i).setType(dtype).clearHandleData();
      }
    }
    functions.put(copyName, copy.build());
    Specialized result = new Specialized(copyName, returned);
    specialized.put(key, result);
    return result;
  }

  /** The variables of a graph that is not frozen. */
  public static List<FrozenGraph.Variable> variables(GraphDef graph) {
    return graph.getNodeList().stream().filter(Ops::isVariable).map(Freezer::variable).toList();
  }

  /** A variable as its node declares it. */
  public static FrozenGraph.Variable variable(NodeDef node) {
    AttrValue shape = node.getAttrOrDefault("shape", AttrValue.getDefaultInstance());
    DataType dtype = node.getAttrOrDefault("dtype", AttrValue.getDefaultInstance()).getType();
    if (dtype == DataType.UNRECOGNIZED) {
      throw new GraphException(
          "cannot freeze the variable '%s': its dtype is not one of TensorFlow's"
              .formatted(node.getName()));
    }
    return new FrozenGraph.Variable(node.getName(), dtype, TensorShape.of(shape.getShape()));
  }

  private static NodeDef constant(NodeDef variable, DataType dtype) {
    return NodeDef.newBuilder()
        .setName(variable.getName())
        .setOp("Const")
        .putAttr("dtype", AttrValue.newBuilder().setType(dtype).build())
        .build();
  }

  /** {@code RefSwitch} and the like took a reference to a variable; a value suits their twins. */
  private static NodeDef withoutReferences(NodeDef node) {
    return Ops.takesReference(node)
        ? node.toBuilder().setOp(node.getOp().substring("Ref".length())).build()
        : node;
  }

  private static FunctionDef withoutNotes(FunctionDef function) {
    FunctionDef.Builder copy = function.toBuilder().clearNodeDef().clearArgAttr();
    function.getNodeDefList().forEach(node -> copy.addNodeDef(withoutNotes(node)));
    return copy.build();
  }

  /** Shapes noted for the original graph may contradict the changed one. */
  private static NodeDef withoutNotes(NodeDef node) {
    NodeDef.Builder copy = node.toBuilder().clearExperimentalDebugInfo().clearDevice();
    for (String attribute : node.getAttrMap().keySet()) {
      if (attribute.equals(GraphIndex.OUTPUT_SHAPES)
          || attribute.equals("_class")
          || attribute.startsWith("_handle_")) {
        copy.removeAttr(attribute);
      }
    }
    return copy.build();
  }
}
