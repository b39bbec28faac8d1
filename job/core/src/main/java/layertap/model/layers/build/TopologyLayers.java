package layertap.model.layers.build;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import layertap.graph.TensorId;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;
import layertap.model.layers.call.CallSplitter;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.call.ModelTensors;
import layertap.model.layers.call.ScopedLayers;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.flow.DataFlow;
import layertap.model.layers.keras.Topology;
import layertap.model.layers.matching.SolvedCall;
import layertap.model.layers.matching.SolvedTopology;
import layertap.model.layers.matching.TopologySolver;
import layertap.model.layers.scope.LayerNames;
import layertap.model.layers.scope.NamingRule;
import layertap.model.saved.Signature;

/**
 * Describes the layers of a topology, of which a signature may call the model several times, and
 * single layers of it too.
 */
final class TopologyLayers {
  private final ScopedLayers scopes;
  private final CallTensors callTensors;
  private final TopologySolver solver;
  private final LayerCalls layerCalls;
  private final ScopeLayers scopeLayers;

  TopologyLayers(
      ScopedLayers scopes,
      CallTensors callTensors,
      TopologySolver solver,
      LayerCalls layerCalls,
      ScopeLayers scopeLayers) {
    this.scopes = scopes;
    this.callTensors = callTensors;
    this.solver = solver;
    this.layerCalls = layerCalls;
    this.scopeLayers = scopeLayers;
  }

  /**
   * The calls of one model among those of a signature.
   *
   * @param calls of its layers, by names, those of each call of the model after each other
   * @param contradictions what in the graph contradicts the topology
   */
  record Solved(Map<List<String>, List<SolvedCall>> calls, List<String> contradictions) {}

  /** Matches the topology to each call of the model. */
  Solved solve(
      Topology topology, ModelCalls model, Signature signature, DataFlow flow, NamingRule rule) {
    List<TracedCall> calls =
        model.calls().stream().flatMap(call -> split(call, topology, model).stream()).toList();
    Map<List<String>, List<SolvedCall>> solved = new LinkedHashMap<>();
    List<String> contradictions = new ArrayList<>();
    for (TracedCall call : calls) {
      ModelTensors tensors = new ModelTensors(signature, flow, call, rule, calls.size() == 1);
      add(
          solver.solve(topology, call, tensors.inputs(topology), tensors.outputs(topology)),
          List.of(),
          solved,
          contradictions);
    }
    for (Topology.Element element : topology.layers()) {
      if (element.nested() != null) {
        List<String> names = List.of(element.name());
        for (TracedCall call : model.beside(names)) {
          addBeside(element.nested(), names, call, solved);
        }
      }
    }
    return new Solved(solved, contradictions);
  }

  private static void add(
      SolvedTopology found,
      List<String> around,
      Map<List<String>, List<SolvedCall>> solved,
      List<String> contradictions) {
    found
        .calls()
        .forEach(
            (names, calls) ->
                solved
                    .computeIfAbsent(
                        Stream.concat(around.stream(), names.stream()).toList(),
                        key -> new ArrayList<>())
                    .addAll(calls));
    contradictions.addAll(found.contradictions());
  }

  /** The layers of a model inside that the signature calls by itself. */
  private void addBeside(
      Topology inner,
      List<String> names,
      TracedCall call,
      Map<List<String>, List<SolvedCall>> solved) {
    Map<String, TensorId> inputs = new HashMap<>();
    List<TensorId> entering = List.copyOf(callTensors.entries(call));
    if (inner.inputs().size() == 1 && entering.size() == 1) {
      inputs.put(inner.inputs().get(0).layer(), entering.get(0));
    }
    add(solver.solve(inner, call, inputs, Map.of()), names, solved, new ArrayList<>());
  }

  /**
   * The calls of the model that stand in one scope of Keras 2: as few as leave no layer more calls
   * than the topology has.
   */
  private List<TracedCall> split(TracedCall call, Topology topology, ModelCalls model) {
    return model.name().isEmpty() || !scopes.shareScopes()
        ? List.of(call)
        : CallSplitter.repetitions(call, callTensors.graph())
            .filter(parts -> parts.stream().allMatch(part -> fits(part, topology)))
            .findFirst()
            .orElse(List.of(call));
  }

  private boolean fits(TracedCall call, Topology topology) {
    Map<String, List<TracedCall>> inside = scopes.inside(call, LayerNames.of(topology)).layers();
    return topology.layers().stream()
        .allMatch(
            element ->
                inside.getOrDefault(element.name(), List.of()).size() <= element.calls().size());
  }

  /** The layers of the topology, those inside them after each. */
  List<Layer> describe(
      Solved solved, ModelCalls model, Map<String, Integer> indexes, ParameterCount parameters) {
    List<Layer> layers = new ArrayList<>();
    solved
        .calls()
        .forEach(
            (names, calls) -> {
              Topology.Element element = calls.get(0).element();
              List<TracedCall> beside = model.beside(names);
              List<TracedCall> tracedCalls =
                  Stream.concat(
                          calls.stream().map(SolvedCall::tracedCall).filter(Objects::nonNull),
                          beside.stream())
                      .toList();
              List<LayerCall> layerCalls = new ArrayList<>();
              calls.forEach(call -> layerCalls.add(this.layerCalls.of(call)));
              layerCalls.addAll(this.layerCalls.of(beside));
              layers.add(
                  new Layer(
                      names,
                      Optional.of(names)
                          .filter(path -> path.size() == 1)
                          .map(path -> indexes.get(path.get(0)))
                          .orElse(Layer.NO_INDEX),
                      element.className(),
                      scopeLayers.op(tracedCalls),
                      layerCalls,
                      parameters.of(names, element)));
              if (element.nested() == null) {
                scopeLayers.addInside(names, tracedCalls, model, layers);
              }
            });
    return layers;
  }

  /** Counts the parameters of a layer. */
  @FunctionalInterface
  interface ParameterCount {
    long of(List<String> names, Topology.Element element);
  }
}
