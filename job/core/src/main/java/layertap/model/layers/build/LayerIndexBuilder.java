package layertap.model.layers.build;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import layertap.failure.ModelException;
import layertap.graph.FlatGraph;
import layertap.graph.GraphIndex;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerIndex;
import layertap.model.layers.Region;
import layertap.model.layers.align.ListedLayers;
import layertap.model.layers.align.ObjectGraphLayers;
import layertap.model.layers.call.CallSite;
import layertap.model.layers.call.LayerFunctions;
import layertap.model.layers.call.ModelPorts;
import layertap.model.layers.call.RecurrenceFinder;
import layertap.model.layers.call.ScopeReadings;
import layertap.model.layers.call.ScopedLayers;
import layertap.model.layers.call.SitePorts;
import layertap.model.layers.count.ParameterCounts;
import layertap.model.layers.flow.DataFlow;
import layertap.model.layers.flow.MainOp;
import layertap.model.layers.keras.Keras2Metadata;
import layertap.model.layers.keras.ListedLayer;
import layertap.model.layers.keras.ObjectGraph;
import layertap.model.layers.keras.Topology;
import layertap.model.layers.keras.TopologyFile;
import layertap.model.layers.matching.TopologyLevel;
import layertap.model.layers.matching.TopologySolver;
import layertap.model.layers.scope.LayerNames;
import layertap.model.layers.scope.NamingRule;
import layertap.model.layers.scope.NamingRules;
import layertap.model.layers.scope.Scope;
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
  private final SitePorts ports;
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
    this.ports =
        new SitePorts(
            flow,
            scopes,
            new RecurrenceFinder(graph, flat.calls()),
            new LayerFunctions(metaGraph.getGraphDef(), graph.ops(), keras2Layers));
    this.layerCalls = new LayerCalls(ports, new ScopeReadings(flow, scopes, ports));
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
   * @throws ModelException if {@code topology} is another model's
   */
  public LayerIndex build(Optional<TopologyFile> topology) {
    CallSite root = new CallSite(Scope.tree(flow.graph()), allNodes());
    if (topology.isPresent()) {
      Topology given = topology.get().topology();
      CallSite model = modelInside(root, LayerNames.of(given));
      return fromTopology(given, model, topology.get().location(), true);
    }
    CallSite model = modelInside(root, keras2Names);
    Optional<Topology> own = metadata.topology();
    return own.isPresent()
        ? fromTopology(own.get(), model, "keras_metadata.pb", false)
        : fromScopes(model);
  }

  private Region allNodes() {
    return new Region(IntStream.range(0, flow.graph().size()).toArray());
  }

  /** The call of the model itself: the one scope that holds all layers, or the whole graph. */
  private CallSite modelInside(CallSite root, LayerNames names) {
    List<CallSite> candidates = new ArrayList<>();
    NamingRule outermost = rule instanceof NamingRule.Keras2 ? new NamingRule.Plain() : rule;
    new ScopedLayers(outermost, flow)
        .inside(root, LayerNames.UNKNOWN)
        .layers()
        .values()
        .forEach(candidates::addAll);
    boolean isModel =
        candidates.size() == 1
            && scopes.inside(candidates.get(0), names).layers().keySet().stream()
                .anyMatch(name -> names.isUnknown() ? scopes.areOfKeras() : names.contains(name));
    return isModel ? candidates.get(0) : root;
  }

  private LayerIndex fromTopology(
      Topology topology, CallSite model, String source, boolean isForeign) {
    TopologySolver solver = new TopologySolver(scopes, ports, variables);
    ModelPorts modelPorts = new ModelPorts(signature, flow, model, rule);
    solver.solve(topology, model, modelPorts.inputs(topology), modelPorts.outputs(topology));
    if (!solver.problems().isEmpty()) {
      if (!isForeign) {
        return fromScopes(model);
      }
      throw new ModelException(
          "cannot use the topology "
              + source
              + ": it is another model's, "
              + String.join("; ", solver.problems().stream().distinct().limit(3).toList())
              + "; name the file that was written with this export");
    }
    Map<String, Integer> indexes = new HashMap<>();
    topology.indexed().forEach(element -> indexes.put(element.name(), indexes.size()));
    ParameterCounts parameters =
        new ParameterCounts(variables, objects, topology, listedLayers(), solver.byNames());
    List<Layer> layers = new ArrayList<>();
    solver
        .byNames()
        .forEach(
            (names, calls) -> {
              Topology.Element element = calls.get(0).element;
              List<CallSite> sites =
                  calls.stream().map(call -> call.site).filter(site -> site != null).toList();
              layers.add(
                  new Layer(
                      names,
                      names.size() == 1
                          ? indexes.getOrDefault(names.get(0), Layer.NO_INDEX)
                          : Layer.NO_INDEX,
                      element.className(),
                      op(sites),
                      calls.stream().map(layerCalls::of).toList(),
                      parameters.of(names, element)));
              if (element.nested() == null) {
                addScoped(names, sites, layers);
              }
            });
    return new LayerIndex(layers, source, indexes.size(), true, false);
  }

  private LayerIndex fromScopes(CallSite model) {
    List<Layer> layers = new ArrayList<>();
    addScoped(List.of(), List.of(model), layers);
    List<ListedLayer> listed = listedLayers();
    if (listed.isEmpty()) {
      return new LayerIndex(layers, "", 0, false, scopes.areOfKeras());
    }
    return new LayerIndex(
        new ListedLayers(listed, ports, variables).applyTo(layers),
        "the object graph",
        listed.size(),
        false,
        listed.stream().anyMatch(layer -> layer.name().isEmpty()));
  }

  private List<ListedLayer> listedLayers() {
    return rule instanceof NamingRule.Keras3 ? objectLayers.keras3Layers() : keras2Layers;
  }

  /** Adds the layers that the scopes inside the calls show, and those inside them. */
  private void addScoped(List<String> around, List<CallSite> parents, List<Layer> layers) {
    LayerNames known = keras2Names.inside(around);
    Map<String, List<CallSite>> inside = new LinkedHashMap<>();
    for (CallSite parent : parents) {
      if (ports.recurrence(parent).isEmpty()) {
        scopes
            .inside(parent, known)
            .layers()
            .forEach(
                (name, sites) ->
                    inside.computeIfAbsent(name, key -> new ArrayList<>()).addAll(sites));
      }
    }
    inside.forEach(
        (name, sites) -> {
          List<String> names = TopologyLevel.append(around, name);
          layers.add(
              new Layer(
                  names, Layer.NO_INDEX, "", op(sites), layerCalls.of(sites), parameters(sites)));
          addScoped(names, sites, layers);
        });
  }

  private String op(List<CallSite> sites) {
    return sites.isEmpty() ? "" : MainOp.of(sites.get(0).region(), flow.graph(), variables);
  }

  private long parameters(List<CallSite> sites) {
    return variables.parameterCount(sites.stream().map(CallSite::region).toList());
  }
}
