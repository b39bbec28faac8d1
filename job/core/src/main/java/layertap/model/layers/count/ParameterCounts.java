package layertap.model.layers.count;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.model.layers.align.ListedLayers;
import layertap.model.layers.call.TracedCall;
import layertap.model.layers.keras.ListedLayer;
import layertap.model.layers.keras.ObjectGraph;
import layertap.model.layers.keras.Topology;
import layertap.model.layers.keras.Topology.Element;
import layertap.model.layers.matching.SolvedCall;
import layertap.model.layers.matching.TopologyLevel;
import layertap.model.layers.scope.Variables;

/**
 * How many parameters the layers of a topology have, as {@code model.summary()} counts them: as the
 * object graph lists the layers; else by the variables that a layer's ops read, and by the list of
 * variables that an export keeps.
 */
public final class ParameterCounts {
  private static final int NO_OBJECT = -1;

  private final Variables variables;
  private final ObjectGraph objects;
  private final Map<List<String>, List<SolvedCall>> calls;
  private final Map<List<String>, Long> listed = new HashMap<>();
  private final Map<List<String>, Set<Integer>> owned;

  /** Of the variables that the layers' ops take. */
  private final Map<List<String>, Set<Integer>> handles = new HashMap<>();

  /** The objects of variables that layers read and own, by the handles that the layers read. */
  private final Map<Integer, Integer> objectsRead = new HashMap<>();

  /**
   * Counts.
   *
   * @param layers as the object graph lists them, in Keras' order
   * @param calls of the topology's layers, by names
   */
  public ParameterCounts(
      Variables variables,
      ObjectGraph objects,
      Topology topology,
      List<ListedLayer> layers,
      Map<List<String>, List<SolvedCall>> calls) {
    this.variables = variables;
    this.objects = objects;
    this.calls = calls;
    ListedLayers.byNames(layers)
        .forEach((names, layer) -> listed.put(names, layer.parameterCount()));
    match(topology, List.of(), layers);
    ExportedWeights weights = new ExportedWeights(objects);
    addOwners(topology, List.of(), Set.of(topology.name()), weights);
    this.owned = weights.find();
    owned.forEach(this::noteReads);
  }

  /** Layers of which the object graph does not tell the names are told by their places. */
  private void match(Topology topology, List<String> around, List<ListedLayer> layers) {
    List<Element> elements = topology.indexed();
    if (elements.size() != layers.size()) {
      return;
    }
    for (int i = 0; i < elements.size(); i++) {
      Element element = elements.get(i);
      ListedLayer layer = layers.get(i);
      if (layer.name().isEmpty() || layer.name().equals(element.name())) {
        List<String> names = TopologyLevel.append(around, element.name());
        listed.put(names, layer.parameterCount());
        if (element.nested() != null) {
          match(element.nested(), names, layer.layers());
        }
      }
    }
  }

  private void addOwners(
      Topology topology, List<String> around, Set<String> models, ExportedWeights weights) {
    for (Element element : topology.layers()) {
      List<String> names = TopologyLevel.append(around, element.name());
      if (element.nested() != null) {
        Set<String> within = new HashSet<>(models);
        within.add(element.name());
        addOwners(element.nested(), names, within, weights);
      } else if (element.isLayer() && !element.isInput() && !element.isIdentity()) {
        weights.add(names, models, handles(names).stream().map(this::weight).toList());
      }
    }
  }

  private void noteReads(List<String> names, Set<Integer> weights) {
    List<Integer> unread = new ArrayList<>(weights);
    for (int handle : handles(names)) {
      unread.stream()
          .filter(object -> objects.variable(object).getName().equals(savedName(handle)))
          .filter(object -> objects.variableSize(object) == variables.size(handle))
          .findFirst()
          .ifPresent(
              object -> {
                unread.remove(object);
                objectsRead.putIfAbsent(handle, object);
              });
    }
  }

  private Set<Integer> handles(List<String> names) {
    return handles.computeIfAbsent(names, this::findHandles);
  }

  private Set<Integer> findHandles(List<String> names) {
    List<SolvedCall> found = calls.getOrDefault(names, List.of());
    Set<Integer> read = new HashSet<>();
    found.stream()
        .limit(1)
        .flatMap(call -> call.tracedCalls().stream())
        .forEach(tracedCall -> read.addAll(variables.readBy(tracedCall.region())));
    return read;
  }

  private ExportedWeights.Weight weight(int handle) {
    return new ExportedWeights.Weight(savedName(handle), variables.size(handle));
  }

  private String savedName(int handle) {
    return variables.savedName(handle).orElse("");
  }

  /** The parameters of one layer, or of a model inside. */
  public long of(List<String> names, Element element) {
    if (listed.containsKey(names)) {
      return listed.get(names);
    }
    if (owned.isEmpty()) {
      List<TracedCall> tracedCalls = calls.get(names).get(0).tracedCalls();
      return variables.parameterCount(tracedCalls.stream().map(TracedCall::region).toList());
    }
    Map<Integer, Long> sizes = new LinkedHashMap<>();
    collect(names, element, sizes);
    return sizes.values().stream().mapToLong(Long::longValue).sum();
  }

  private void collect(List<String> names, Element element, Map<Integer, Long> sizes) {
    if (element.nested() != null) {
      for (Element inner : element.nested().layers()) {
        collect(TopologyLevel.append(names, inner.name()), inner, sizes);
      }
    }
    Set<Integer> handles = handles(names);
    for (int object : weights(names, handles)) {
      sizes.put(object, objects.variableSize(object));
    }
    for (int handle : handles) {
      boolean isCounted =
          objectsRead.containsKey(handle)
              ? sizes.containsKey(objectsRead.get(handle))
              : sizes.keySet().stream().anyMatch(object -> isNamed(object, savedName(handle)));
      if (!isCounted && !Variables.isSeed(savedName(handle))) {
        sizes.put(objectsRead.getOrDefault(handle, NO_OBJECT - handle), variables.size(handle));
      }
    }
  }

  private boolean isNamed(int object, String name) {
    return object > NO_OBJECT && objects.variable(object).getName().equals(name);
  }

  /** What two models share stands in the list once, with the first of them. */
  private Set<Integer> weights(List<String> names, Set<Integer> handles) {
    if (owned.containsKey(names)) {
      return owned.get(names);
    }
    String name = names.get(names.size() - 1);
    return owned.entrySet().stream()
        .filter(other -> other.getKey().get(other.getKey().size() - 1).equals(name))
        .map(Map.Entry::getValue)
        .filter(weights -> handles.stream().map(objectsRead::get).anyMatch(weights::contains))
        .findFirst()
        .orElse(Set.of());
  }
}
