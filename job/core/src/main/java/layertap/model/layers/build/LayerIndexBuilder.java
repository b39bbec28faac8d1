package layertap.model.layers.build;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import layertap.failure.UserException;
import layertap.graph.FlatGraph;
import layertap.graph.GraphIndex;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerIndex;
import layertap.model.layers.align.ListedLayers;
import layertap.model.layers.align.ObjectGraphLayers;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.call.LayerFunctions;
import layertap.model.layers.call.ModelTensors;
import layertap.model.layers.call.RecurrenceFinder;
import layertap.model.layers.call.ScopeReadings;
import layertap.model.layers.call.ScopedLayers;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.count.ParameterCounts;
import layertap.model.layers.flow.DataFlow;
import layertap.model.layers.flow.MainOp;
import layertap.model.layers.keras.Keras2Metadata;
import layertap.model.layers.keras.ListedLayer;
import layertap.model.layers.keras.ObjectGraph;
import layertap.model.layers.keras.Topology;
import layertap.model.layers.keras.TopologyFile;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.SolvedCall;
import layertap.model.layers.matching.SolvedTopology;
import layertap.model.layers.matching.TopologyLevel;
import layertap.model.layers.matching.TopologySolver;
import layertap.model.layers.matching.TracedLayers;
import layertap.model.layers.matching.rule.Rules;
import layertap.model.layers.scope.LayerNames;
import layertap.model.layers.scope.NamingRule;
import layertap.model.layers.scope.NamingRules;
import layertap.model.layers.scope.Variables;
import layertap.model.saved.ModelFiles;
import layertap.model.saved.Signature;
import org.tensorflow.proto.MetaGraphDef;

/**
 * Lists the layers of a model from all that its files tell: scopes in the graph, the metadata of
 * Keras 2, the object graph, and a topology from outside.
 */
public final class LayerIndexBuilder {
  private final Signature signature;
  private final DataFlow flow;
  private final ObjectGraph objects;
  private final Variables variables;
  private final CallTensors callTensors;
  private final Keras2Metadata metadata;
  private final ObjectGraphLayers objectLayers;
  private final List<ListedLayer> keras2Layers;
  private final LayerNames keras2Names;
  private final LayerCalls layerCalls;
  private final NamingRule rule;
  private final ScopedLayers scopes;

  /**
   * Reads what tells of layers.
   *
   * @param metaGraph the model as it was saved
   * @param flat its signature's graph
   * @param graph the same, indexed
   */
  public LayerIndexBuilder(
      MetaGraphDef metaGraph,
      FlatGraph flat,
      GraphIndex graph,
      Signature signature,
      ModelFiles files) {
    this.objects = new ObjectGraph(metaGraph.getObjectGraphDef());
    this.signature = signature;
    this.flow = new DataFlow(graph, signature);
    this.variables = new Variables(graph, objects);
    this.metadata = Keras2Metadata.read(files, objects.graph());
    this.objectLayers = new ObjectGraphLayers(objects, metadata);
    this.keras2Layers = objectLayers.isKeras2() ? objectLayers.keras2Layers() : List.of();
    this.keras2Names = LayerNames.of(keras2Layers);
    Set<String> names = new HashSet<>();
    collectNames(keras2Layers, names);
    this.rule = NamingRules.detect(graph, variables, objects.graph(), names);
    this.scopes = new ScopedLayers(rule, flow);
    this.callTensors =
        new CallTensors(
            flow,
            scopes,
            new RecurrenceFinder(graph, flat.calls()),
            new LayerFunctions(metaGraph.getGraphDef(), graph.ops(), keras2Layers));
    this.layerCalls = new LayerCalls(callTensors, new ScopeReadings(flow, scopes, callTensors));
  }

  private static void collectNames(List<ListedLayer> layers, Set<String> names) {
    for (ListedLayer layer : layers) {
      names.add(layer.name());
      collectNames(layer.layers(), names);
    }
  }

  /**
   * Builds the index.
   *
   * @throws UserException if {@code topology} is another model's
   */
  public LayerIndex build(Optional<TopologyFile> topology) {
    OutermostCall outermost = new OutermostCall(rule, flow, scopes);
    if (topology.isPresent()) {
      Topology given = topology.get().topology();
      TracedCall model = outermost.find(LayerNames.of(given));
      return fromTopology(given, model, topology.get().location(), true);
    }
    TracedCall model = outermost.find(keras2Names);
    Optional<Topology> own = metadata.topology();
    return own.isPresent()
        ? fromTopology(own.get(), model, "keras_metadata.pb", false)
        : fromScopes(model);
  }

  private LayerIndex fromTopology(
      Topology topology, TracedCall model, String source, boolean isForeign) {
    TracedLayers tracedLayers = new TracedLayers(scopes, flow.graph(), variables);
    List<Rule> rules = Rules.all(callTensors, tracedLayers);
    ModelTensors modelTensors = new ModelTensors(signature, flow, model, rule);
    SolvedTopology solved =
        new TopologySolver(callTensors, tracedLayers, rules)
            .solve(topology, model, modelTensors.inputs(topology), modelTensors.outputs(topology));
    if (!solved.contradictions().isEmpty()) {
      if (!isForeign || isCompiled()) {
        return fromScopes(model);
      }
      throw new UserException(
          ("cannot use the topology %s: it is another model's, %s;"
                  + " name the file that was written with this export")
              .formatted(
                  source,
                  solved.contradictions().stream()
                      .distinct()
                      .limit(3)
                      .collect(Collectors.joining("; "))));
    }
    Map<String, Integer> indexes = new HashMap<>();
    topology.indexed().forEach(element -> indexes.put(element.name(), indexes.size()));
    ParameterCounts parameters =
        new ParameterCounts(variables, objects, topology, listedLayers(), solved.calls());
    List<Layer> layers = new ArrayList<>();
    solved
        .calls()
        .forEach(
            (names, calls) -> {
              Topology.Element element = calls.get(0).element();
              List<TracedCall> tracedCalls =
                  calls.stream().map(SolvedCall::tracedCall).filter(Objects::nonNull).toList();
              layers.add(
                  new Layer(
                      names,
                      names.size() == 1
                          ? indexes.getOrDefault(names.get(0), Layer.NO_INDEX)
                          : Layer.NO_INDEX,
                      element.className(),
                      op(tracedCalls),
                      calls.stream().map(layerCalls::of).toList(),
                      parameters.of(names, element)));
              if (element.nested() == null) {
                addScoped(names, tracedCalls, layers);
              }
            });
    return new LayerIndex(layers, source, indexes.size(), true, false);
  }

  /** Of a model that was compiled for XLA, whoever asks for a layer is told so. */
  private boolean isCompiled() {
    return flow.graph().graph().getNodeList().stream()
        .anyMatch(node -> node.getOp().equals("XlaCallModule"));
  }

  private LayerIndex fromScopes(TracedCall model) {
    List<Layer> layers = new ArrayList<>();
    addScoped(List.of(), List.of(model), layers);
    List<ListedLayer> listed = listedLayers();
    if (listed.isEmpty()) {
      return new LayerIndex(layers, "", 0, false, scopes.areOfKeras());
    }
    return new LayerIndex(
        new ListedLayers(listed, callTensors, variables).applyTo(layers),
        "the object graph",
        listed.size(),
        false,
        listed.stream().anyMatch(layer -> layer.name().isEmpty()));
  }

  private List<ListedLayer> listedLayers() {
    return rule instanceof NamingRule.Keras3 ? objectLayers.keras3Layers() : keras2Layers;
  }

  /** Adds the layers that the scopes inside the calls show, and those inside them. */
  private void addScoped(List<String> around, List<TracedCall> parents, List<Layer> layers) {
    LayerNames known = keras2Names.inside(around);
    Map<String, List<TracedCall>> inside = new LinkedHashMap<>();
    for (TracedCall parent : parents) {
      if (callTensors.recurrence(parent).isEmpty()) {
        scopes
            .inside(parent, known)
            .layers()
            .forEach(
                (name, tracedCalls) ->
                    inside.computeIfAbsent(name, key -> new ArrayList<>()).addAll(tracedCalls));
      }
    }
    inside.forEach(
        (name, tracedCalls) -> {
          List<String> names = TopologyLevel.append(around, name);
          layers.add(
              new Layer(
                  names,
                  Layer.NO_INDEX,
                  "",
                  op(tracedCalls),
                  layerCalls.of(tracedCalls),
                  parameters(tracedCalls)));
          addScoped(names, tracedCalls, layers);
        });
  }

  private String op(List<TracedCall> tracedCalls) {
    return tracedCalls.isEmpty()
        ? ""
        : MainOp.of(tracedCalls.get(0).region(), flow.graph(), variables);
  }

  private long parameters(List<TracedCall> tracedCalls) {
    return variables.parameterCount(tracedCalls.stream().map(TracedCall::region).toList());
  }
}
