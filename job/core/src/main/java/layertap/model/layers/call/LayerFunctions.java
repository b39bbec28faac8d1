package layertap.model.layers.call;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import layertap.failure.GraphException;
import layertap.graph.FlatGraph;
import layertap.graph.FunctionLibrary;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.OpDefinitions;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.inline.FunctionInliner;
import layertap.model.layers.keras.ListedLayer;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * The functions that Keras 2 saves for each layer: they return exactly the layer's outputs, in
 * order. A call of the layer in the model's graph traced the same ops in the same order, so the
 * n-th op of a kind in one is the n-th in the other.
 */
public final class LayerFunctions {
  private final GraphDef graph;
  private final OpDefinitions ops;
  private final Map<String, List<String>> byPath = new HashMap<>();

  /**
   * Prepares for a model.
   *
   * @param graph that holds the functions
   * @param layers as the object graph lists them
   */
  public LayerFunctions(GraphDef graph, OpDefinitions ops, List<ListedLayer> layers) {
    this.graph = graph;
    this.ops = ops;
    collect(layers, "");
  }

  private void collect(List<ListedLayer> layers, String prefix) {
    for (ListedLayer layer : layers) {
      byPath.putIfAbsent(prefix + layer.name(), layer.functions());
      collect(layer.layers(), prefix + layer.name() + "/");
    }
  }

  /**
   * The outputs of a call, in order.
   *
   * @param model the graph that holds the call
   * @return empty if no function of the layer traced the ops of the call
   */
  Optional<List<TensorId>> outputs(TracedCall call, GraphIndex model) {
    return functions(call).flatMap(function -> outputs(function, call, model).stream()).findFirst();
  }

  /**
   * How many calls traced the ops: each traced those of a function of the layer.
   *
   * @param model the graph that holds the ops
   * @return empty if no function of the layer traced them
   */
  OptionalInt callCount(TracedCall calls, GraphIndex model) {
    Map<String, Integer> traced = counts(byOp(model, calls.region().positions()));
    return functions(calls)
        .flatMap(function -> inline(function).stream())
        .map(own -> counts(byOp(own, IntStream.range(0, own.size()).toArray())))
        .mapToInt(own -> multiple(traced, own))
        .filter(count -> count > 0)
        .findFirst();
  }

  /** How many times one has all that the other has; 0 if it is no multiple. */
  private static int multiple(Map<String, Integer> counts, Map<String, Integer> own) {
    Set<Integer> factors = new HashSet<>();
    own.forEach(
        (op, count) -> {
          int all = counts.getOrDefault(op, 0);
          factors.add(all % count == 0 ? all / count : 0);
        });
    return factors.size() == 1 && counts.keySet().equals(own.keySet())
        ? factors.iterator().next()
        : 0;
  }

  private Stream<String> functions(TracedCall call) {
    String scope = call.scope().tracedPath();
    // Keras 2 calls the layers inside the scope of the model; a signature may call one beside it.
    String path = scope.substring(scope.indexOf('/') + 1);
    return Stream.of(scope, path).flatMap(layer -> byPath.getOrDefault(layer, List.of()).stream());
  }

  private Optional<List<TensorId>> outputs(String function, TracedCall call, GraphIndex model) {
    GraphIndex traced = inline(function).orElse(null);
    if (traced == null) {
      return Optional.empty();
    }
    Map<String, List<Integer>> own = byOp(traced, IntStream.range(0, traced.size()).toArray());
    Map<String, List<Integer>> called = byOp(model, call.region().positions());
    if (!counts(own).equals(counts(called))) {
      return Optional.empty();
    }
    List<TensorId> outputs = new ArrayList<>();
    for (TensorId returned : traced.inputTensors(traced.size() - 1)) {
      TensorId made = Identities.source(traced, returned);
      int position = traced.require(made.node());
      if (!isCompared(traced.node(position))) {
        return Optional.empty();
      }
      String op = traced.node(position).getOp();
      int twin = called.get(op).get(own.get(op).indexOf(position));
      outputs.add(new TensorId(model.node(twin).getName(), made.index()));
    }
    return Optional.of(outputs);
  }

  /** The function alone in a graph; its call, which comes last, holds what it returns. */
  private Optional<GraphIndex> inline(String function) {
    FunctionDef body = new FunctionLibrary(graph.getLibrary()).find(function).orElse(null);
    if (body == null) {
      return Optional.empty();
    }
    GraphDef.Builder alone = GraphDef.newBuilder().setLibrary(graph.getLibrary());
    NodeDef.Builder call = NodeDef.newBuilder().setName("layertap/call").setOp("PartitionedCall");
    body.getSignature()
        .getInputArgList()
        .forEach(
            argument -> {
              String name = "layertap/" + argument.getName();
              AttrValue dtype = AttrValue.newBuilder().setType(argument.getType()).build();
              alone.addNodeBuilder().setName(name).setOp("Placeholder").putAttr("dtype", dtype);
              call.addInput(name);
            });
    AttrValue.Builder called = AttrValue.newBuilder();
    called.getFuncBuilder().setName(function);
    alone.addNode(call.putAttr("f", called.build()));
    try {
      FlatGraph flat = FunctionInliner.inline(alone.build(), List.of(call.getName()), ops);
      return Optional.of(new GraphIndex(flat.graph(), ops));
    } catch (GraphException e) {
      return Optional.empty();
    }
  }

  /** Of the others, tracing makes more or fewer in one place than in the other. */
  private static boolean isCompared(NodeDef node) {
    return !Ops.waits(node)
        && !Ops.isConstant(node)
        && !Ops.isPlaceholder(node)
        && !Ops.readsVariable(node);
  }

  private static Map<String, List<Integer>> byOp(GraphIndex graph, int[] positions) {
    Map<String, List<Integer>> byOp = new HashMap<>();
    for (int position : positions) {
      NodeDef node = graph.node(position);
      if (isCompared(node)) {
        byOp.computeIfAbsent(node.getOp(), key -> new ArrayList<>()).add(position);
      }
    }
    return byOp;
  }

  private static Map<String, Integer> counts(Map<String, List<Integer>> byOp) {
    Map<String, Integer> counts = new HashMap<>();
    byOp.forEach((op, positions) -> counts.put(op, positions.size()));
    return counts;
  }
}
