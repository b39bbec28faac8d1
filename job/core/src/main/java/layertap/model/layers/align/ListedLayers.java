package layertap.model.layers.align;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.graph.GraphIndex;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;
import layertap.model.layers.call.CallTensors;
import layertap.model.layers.keras.ListedLayer;
import layertap.model.layers.matching.TopologyLevel;
import layertap.model.layers.scope.Variables;

/** Aligns a list of layers without connections with the layers that the scopes show. */
public final class ListedLayers {
  private final List<ListedLayer> listed;
  private final GraphIndex graph;
  private final Variables variables;

  public ListedLayers(List<ListedLayer> listed, CallTensors callTensors, Variables variables) {
    this.listed = listed;
    this.graph = callTensors.graph();
    this.variables = variables;
  }

  /**
   * The layers with indexes, classes and parameters as listed. A listed layer that no scope shows
   * follows the one before it, without calls.
   */
  public List<Layer> applyTo(List<Layer> layers) {
    Map<String, Integer> indexes = ListedIndexes.assign(listed, seen(layers));
    Map<List<String>, ListedLayer> byNames = byNames(listed);
    Set<List<String>> present = new HashSet<>();
    List<Layer> described = new ArrayList<>();
    for (Layer layer : layers) {
      present.add(layer.names());
      ListedLayer known =
          layer.isTopLevel() && indexes.containsKey(layer.path())
              ? listed.get(indexes.get(layer.path()))
              : byNames.get(layer.names());
      described.add(
          known == null
              ? layer
              : new Layer(
                  layer.names(),
                  layer.isTopLevel()
                      ? indexes.getOrDefault(layer.path(), Layer.NO_INDEX)
                      : Layer.NO_INDEX,
                  known.className(),
                  layer.op(),
                  layer.calls(),
                  known.parameterCount()));
    }
    for (int i = 0; i < listed.size(); i++) {
      ListedLayer layer = listed.get(i);
      if (!layer.name().isEmpty() && !present.contains(List.of(layer.name()))) {
        addUnseen(layer, List.of(layer.name()), i, described);
      }
    }
    if (listed.stream().allMatch(layer -> !layer.name().isEmpty())) {
      described.sort(Comparator.comparingInt(ListedLayers::position));
    }
    return described;
  }

  /** The layers inside are not seen either, but a name that one of them has is not another's. */
  private static void addUnseen(
      ListedLayer layer, List<String> names, int index, List<Layer> described) {
    described.add(
        new Layer(names, index, layer.className(), "", List.of(), layer.parameterCount()));
    for (ListedLayer inner : layer.layers()) {
      if (!inner.name().isEmpty()) {
        List<String> path = TopologyLevel.append(names, inner.name());
        addUnseen(inner, path, Layer.NO_INDEX, described);
      }
    }
  }

  private static int position(Layer layer) {
    return layer.index() == Layer.NO_INDEX ? Integer.MAX_VALUE : layer.index();
  }

  /** The layers that have names, by these and those of the layers around them. */
  public static Map<List<String>, ListedLayer> byNames(List<ListedLayer> layers) {
    Map<List<String>, ListedLayer> byNames = new HashMap<>();
    collect(layers, List.of(), byNames);
    return byNames;
  }

  private static void collect(
      List<ListedLayer> layers, List<String> around, Map<List<String>, ListedLayer> byNames) {
    for (ListedLayer layer : layers) {
      if (!layer.name().isEmpty()) {
        List<String> names = TopologyLevel.append(around, layer.name());
        byNames.putIfAbsent(names, layer);
        collect(layer.layers(), names, byNames);
      }
    }
  }

  private List<ListedIndexes.Seen> seen(List<Layer> layers) {
    List<Layer> top = layers.stream().filter(Layer::isTopLevel).toList();
    List<ListedIndexes.Seen> seen = new ArrayList<>();
    for (Layer layer : top) {
      Set<String> read = new HashSet<>();
      for (LayerCall call : layer.calls()) {
        for (int handle : variables.readBy(call.region())) {
          variables.savedName(handle).ifPresent(read::add);
        }
      }
      seen.add(new ListedIndexes.Seen(layer.path(), read, downstream(layer, top)));
    }
    return seen;
  }

  /**
   * The layers of which every call is fed by the layer: one called earlier, too, may stand before
   * it.
   */
  private Set<String> downstream(Layer layer, List<Layer> others) {
    int[] own =
        layer.calls().stream()
            .flatMapToInt(call -> Arrays.stream(call.region().positions()))
            .toArray();
    boolean[] reached = graph.descendantsOf(own);
    Set<String> later = new HashSet<>();
    for (Layer other : others) {
      boolean isReached =
          other != layer
              && !other.calls().isEmpty()
              && other.calls().stream()
                  .map(call -> Arrays.stream(call.region().positions()))
                  .allMatch(positions -> positions.anyMatch(position -> reached[position]));
      if (isReached) {
        later.add(other.path());
      }
    }
    return later;
  }
}
