package layertap.model.layers.build;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import layertap.failure.UserException;
import layertap.graph.FlatGraph;
import layertap.graph.GraphIndex;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;
import layertap.model.layers.LayerIndex;
import layertap.model.layers.align.ListedLayers;
import layertap.model.layers.align.ObjectGraphLayers;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.call.LayerFunctions;
import layertap.model.layers.call.RecurrenceFinder;
import layertap.model.layers.call.ScopeReadings;
import layertap.model.layers.call.ScopedLayers;
import layertap.model.layers.count.ParameterCounts;
import layertap.model.layers.flow.DataFlow;
import layertap.model.layers.keras.Keras2Metadata;
import layertap.model.layers.keras.ListedLayer;
import layertap.model.layers.keras.ObjectGraph;
import layertap.model.layers.keras.Topology;
import layertap.model.layers.keras.TopologyFile;
import layertap.model.layers.matching.Rule;
import layertap.model.layers.matching.TopologySolver;
import layertap.model.layers.matching.TracedLayers;
import layertap.model.layers.matching.rule.Rules;
import layertap.model.layers.scope.LayerNames;
import layertap.model.layers.scope.NamingRule;
import layertap.model.layers.scope.NamingRules;
import layertap.model.layers.scope.Variables;
import layertap.model.saved.CompiledGraph;
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
  private final ScopeReadings readings;
  private final LayerCalls layerCalls;
  private final NamingRule rule;
  private final ScopedLayers scopes;
  private final ScopeLayers scopeLayers;
  private final ModelCallFinder finder;

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
    this.readings = new ScopeReadings(flow, scopes, callTensors);
    this.layerCalls = new LayerCalls(callTensors, readings);
    this.scopeLayers =
        new ScopeLayers(scopes, callTensors, variables, layerCalls, keras2Names, rule);
    boolean isOfKeras = scopes.areOfKeras() || objectLayers.holdKeras2();
    this.finder =
        new ModelCallFinder(rule, flow, scopes, variables, flat.calls().keySet(), isOfKeras);
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
    if (topology.isPresent()) {
      Topology given = topology.get().topology();
      ModelCalls model = finder.find(LayerNames.of(given), given.name());
      return fromTopology(given, model, topology.get().location(), TopologyFrom.USER);
    }
    Optional<Topology> own = metadata.topology();
    ModelCalls model = finder.find(keras2Names, own.map(Topology::name).orElse(""));
    return own.isPresent()
        ? fromTopology(own.get(), model, "keras_metadata.pb", TopologyFrom.MODEL)
        : fromScopes(model);
  }

  /** Who gave a topology: that of a model itself may be passed over. */
  private enum TopologyFrom {
    USER,
    MODEL
  }

  private LayerIndex fromTopology(
      Topology topology, ModelCalls model, String source, TopologyFrom from) {
    if (model.rivals().size() > 1 && from == TopologyFrom.USER) {
      throw new UserException(
          ("cannot use the topology %s: the signature calls several models that it may be of, %s;"
                  + " leave model.topology out and name layers by their whole paths")
              .formatted(source, String.join(", ", model.rivals())));
    }
    TracedLayers tracedLayers = new TracedLayers(scopes, flow.graph(), variables);
    List<Rule> rules = Rules.all(callTensors, tracedLayers);
    TopologyLayers topologyLayers =
        new TopologyLayers(
            new ModelSplitter(scopes, readings, flow.graph()),
            new TopologySolver(callTensors, tracedLayers, rules),
            layerCalls,
            scopeLayers);
    TopologyLayers.Solved solved = topologyLayers.solve(topology, model, signature, flow, rule);
    if (!solved.contradictions().isEmpty()) {
      // Of a model that was compiled for XLA, whoever asks for a layer is told so.
      if (from == TopologyFrom.MODEL || CompiledGraph.is(flow.graph())) {
        return fromScopes(model);
      }
      if (CompiledGraph.isTracedByJax(flow.graph())) {
        throw new UserException(
            ("cannot use the topology %s: JAX traced the graph, and its scopes are not those of Keras'"
                    + " layers; leave model.topology out and name what inspect lists")
                .formatted(source));
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
    List<Layer> layers =
        new ArrayList<>(topologyLayers.describe(solved, model, indexes, parameters::of));
    layers.addAll(scopeLayers.others(model));
    return withOwnParameters(
        LayerIndex.connected(layers, model.name(), source, indexes.size()), layers);
  }

  private LayerIndex fromScopes(ModelCalls model) {
    List<Layer> layers = scopeLayers.of(model);
    List<ListedLayer> listed = listedLayers();
    if (listed.isEmpty()) {
      return withOwnParameters(
          LayerIndex.unconnected(layers, model.name(), "", 0, scopes.areOfKeras()), layers);
    }
    LayerIndex index =
        LayerIndex.unconnected(
            new ListedLayers(listed, callTensors, variables).applyTo(layers),
            model.name(),
            "the object graph",
            listed.size(),
            listed.stream().anyMatch(layer -> layer.name().isEmpty()));
    return withOwnParameters(index, layers);
  }

  private LayerIndex withOwnParameters(LayerIndex index, List<Layer> layers) {
    if (!listedLayers().isEmpty()) {
      return index.withOwnParameters(objectLayers.ownParameters());
    }
    return index.withOwnParameters(
        variables.parameterCountOutside(
            layers.stream()
                .flatMap(layer -> layer.calls().stream())
                .map(LayerCall::region)
                .toList(),
            layers.stream()
                .map(layer -> layer.names().get(layer.names().size() - 1))
                .collect(Collectors.toSet()),
            flow::isLive));
  }

  private List<ListedLayer> listedLayers() {
    return rule instanceof NamingRule.Keras3 ? objectLayers.keras3Layers() : keras2Layers;
  }
}
