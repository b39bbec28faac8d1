package layertap.model.layers.build;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;
import layertap.model.layers.call.ModelTensors;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.flow.DataFlow;
import layertap.model.layers.keras.Topology;
import layertap.model.layers.matching.SolvedCall;
import layertap.model.layers.matching.SolvedTopology;
import layertap.model.layers.matching.TopologySolver;
import layertap.model.layers.scope.NamingRule;
import layertap.model.saved.Signature;

/**
 * Describes the layers of a topology, of which a signature may call the model several times, and
 * single layers of it too.
 */
final class TopologyLayers {
  private final ModelSplitter splitter;
  private final TopologySolver solver;
  private final LayerCalls layerCalls;
  private final ScopeLayers scopeLayers;

  TopologyLayers(
      ModelSplitter splitter,
      TopologySolver solver,
      LayerCalls layerCalls,
      ScopeLayers scopeLayers) {
    this.splitter = splitter;
    this.solver = solver;
    this.layerCalls = layerCalls;
    this.scopeLayers = scopeLayers;
  }

  /**
   * The calls of one model among those of a signature.
   *
   * @param calls of its layers, by names, those of each call of the model after each other
   * @param areCounted whether it is certain how many calls there are
   * @param contradictions what in the graph contradicts the topology
   */
  record Solved(
      Map<List<String>, List<SolvedCall>> calls, boolean areCounted, List<String> contradictions) {}

  /** Matches the topology to each call of the model. */
  Solved solve(
      Topology topology, ModelCalls model, Signature signature, DataFlow flow, NamingRule rule) {
    ModelSplitter.Split split =
        model.name().isEmpty()
            ? new ModelSplitter.Split(model.calls(), true)
            : split(model.calls(), topology);
    Map<List<String>, List<SolvedCall>> solved = new LinkedHashMap<>();
    List<String> contradictions = new ArrayList<>();
    for (TracedCall call : split.calls()) {
      ModelTensors tensors =
          new ModelTensors(signature, flow, call, rule, split.calls().size() == 1);
      SolvedTopology found =
          solver.solve(topology, call, tensors.inputs(topology), tensors.outputs(topology));
      add(found, split.areCertain(), solved);
      contradictions.addAll(found.contradictions());
    }
    for (List<String> names : List.copyOf(solved.keySet())) {
      Topology.Element element = solved.get(names).get(0).element();
      if (element.nested() != null) {
        addBeside(element, names, model.beside(names), split.areCertain(), solved);
      }
    }
    return new Solved(solved, split.areCertain(), contradictions);
  }

  /** Scopes that hold several calls each, and functions that hold others, may take turns. */
  private ModelSplitter.Split split(List<TracedCall> calls, Topology topology) {
    List<ModelSplitter.Split> splits =
        calls.stream().map(call -> splitter.split(call, topology)).toList();
    return new ModelSplitter.Split(
        splits.stream()
            .flatMap(split -> split.calls().stream())
            .sorted(Comparator.comparingInt(call -> call.region().at(0)))
            .toList(),
        splits.stream().allMatch(ModelSplitter.Split::areCertain));
  }

  /** Adds calls; where it is not certain that they are these calls, no tensor of theirs is told. */
  private static void add(
      SolvedTopology found, boolean areCertain, Map<List<String>, List<SolvedCall>> solved) {
    found
        .calls()
        .forEach(
            (names, calls) ->
                calls.stream()
                    .map(call -> areCertain ? call : call.withoutTensors())
                    .forEach(solved.computeIfAbsent(names, key -> new ArrayList<>())::add));
  }

  /** The calls that the signature makes of a model inside by itself, and those of its layers. */
  private void addBeside(
      Topology.Element element,
      List<String> names,
      List<TracedCall> beside,
      boolean areCounted,
      Map<List<String>, List<SolvedCall>> solved) {
    ModelSplitter.Split split = split(beside, element.nested());
    for (TracedCall call : split.calls()) {
      SolvedTopology found = solver.solveBeside(element, names, call);
      boolean areCertain = areCounted && split.areCertain() && found.contradictions().isEmpty();
      add(found, areCertain, solved);
    }
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
              List<TracedCall> beside = element.nested() == null ? model.beside(names) : List.of();
              List<TracedCall> tracedCalls =
                  Stream.concat(
                          calls.stream().map(SolvedCall::tracedCall).filter(Objects::nonNull),
                          beside.stream())
                      .toList();
              List<LayerCall> layerCalls = new ArrayList<>();
              calls.forEach(call -> layerCalls.add(this.layerCalls.of(call)));
              layerCalls.addAll(this.layerCalls.beside(beside, calls, solved.areCounted()));
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
