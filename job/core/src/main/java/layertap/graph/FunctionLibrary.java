package layertap.graph;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.FunctionDefLibrary;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** The functions of a graph by name. Immutable. */
public final class FunctionLibrary {
  private final Map<String, FunctionDef> functions = new HashMap<>();

  public FunctionLibrary(FunctionDefLibrary library) {
    for (FunctionDef function : library.getFunctionList()) {
      functions.put(function.getSignature().getName(), function);
    }
  }

  /** The nodes of a graph, then those of its functions. */
  public static Stream<NodeDef> allNodes(GraphDef graph) {
    return Stream.concat(
        graph.getNodeList().stream(),
        graph.getLibrary().getFunctionList().stream()
            .flatMap(function -> function.getNodeDefList().stream()));
  }

  /** The function of that name. */
  public Optional<FunctionDef> find(String name) {
    return Optional.ofNullable(functions.get(name));
  }

  /** Whether the node calls a function of which only the outputs show. */
  public boolean isCall(NodeDef node) {
    return calledBy(node).isPresent();
  }

  /** The function that a node calls: by an attribute {@code f}, or, in old graphs, by its op. */
  public Optional<String> calledBy(NodeDef node) {
    if (Ops.calls(node) == Ops.Calls.CALL) {
      return Optional.of(
          node.getAttrOrDefault("f", AttrValue.getDefaultInstance()).getFunc().getName());
    }
    return Optional.of(node.getOp()).filter(functions::containsKey);
  }

  /** All functions that the nodes name in attributes, and those that these name in turn. */
  public FunctionDefLibrary reachableFrom(Iterable<NodeDef> nodes) {
    return FunctionDefLibrary.newBuilder().addAllFunction(functionsFrom(nodes)).build();
  }

  /** The nodes of all functions that a node runs, as the bodies of a loop, and so on. */
  public Stream<NodeDef> nodesRunBy(NodeDef node) {
    return functionsRunBy(node).flatMap(function -> function.getNodeDefList().stream());
  }

  /** All functions that a node runs, and those that these run in turn. */
  public Stream<FunctionDef> functionsRunBy(NodeDef node) {
    return functionsFrom(List.of(node)).stream();
  }

  private Collection<FunctionDef> functionsFrom(Iterable<NodeDef> nodes) {
    Map<String, FunctionDef> reached = new LinkedHashMap<>();
    Deque<String> waiting = new ArrayDeque<>();
    nodes.forEach(node -> enqueueFunctions(node, waiting));
    while (!waiting.isEmpty()) {
      String name = waiting.remove();
      FunctionDef function = functions.get(name);
      if (function == null || reached.putIfAbsent(name, function) != null) {
        continue;
      }
      function.getNodeDefList().forEach(node -> enqueueFunctions(node, waiting));
    }
    return reached.values();
  }

  private void enqueueFunctions(NodeDef node, Deque<String> waiting) {
    if (functions.containsKey(node.getOp())) {
      waiting.add(node.getOp());
    }
    node.getAttrMap().forEach((key, value) -> waiting.addAll(functionsIn(value)));
  }

  /** The functions that an attribute names, alone or in a list. */
  public static List<String> functionsIn(AttrValue value) {
    return switch (value.getValueCase()) {
      case FUNC -> List.of(value.getFunc().getName());
      case LIST ->
          value.getList().getFuncList().stream().map(function -> function.getName()).toList();
      default -> List.of();
    };
  }
}
