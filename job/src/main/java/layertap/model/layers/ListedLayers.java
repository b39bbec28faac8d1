package layertap.model.layers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.graph.GraphIndex;

/** Joins a list of layers without joints to the layers that the scopes show. */
final class ListedLayers {
  private final List<ListedLayer> listed;
  private final GraphIndex graph;
  private final Variables variables;

  ListedLayers(List<ListedLayer> listed, SitePorts ports, Variables variables) {
    this.listed = listed;
    this.graph = ports.graph();
    this.variables = variables;
  }

  /**
   * The layers with indexes, classes and parameters as listed. A listed layer that no scope shows
   * follows the one before it, without calls.
   */
  List<Layer> applyTo(List<Layer> layers) {
    Map<String, Integer> indexes = ListedIndexes.assign(listed, seen(layers));
    Map<String, ListedLayer> byPath = new HashMap<>();
    collect(listed, "", byPath);
    Set<String> present = new HashSet<>();
    List<Layer> described = new ArrayList<>();
    for (Layer layer : layers) {
      present.add(layer.path());
      ListedLayer known =
          layer.isTopLevel() && indexes.containsKey(layer.path())
              ? listed.get(indexes.get(layer.path()))
              : byPath.get(layer.path());
      described.add(
          known == null
              ? layer
              : new Layer(
                  layer.path(),
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
      if (!layer.name().isEmpty() && !present.contains(layer.name())) {
        described.add(
            new Layer(layer.name(), i, layer.className(), "", List.of(), layer.parameterCount()));
      }
    }
    if (listed.stream().allMatch(layer -> !layer.name().isEmpty())) {
      described.sort(Comparator.comparingInt(ListedLayers::position));
    }
    return described;
  }

  private static int position(Layer layer) {
    return layer.index() == Layer.NO_INDEX ? Integer.MAX_VALUE : layer.index();
  }

  private static void collect(
      List<ListedLayer> layers, String prefix, Map<String, ListedLayer> byPath) {
    for (ListedLayer layer : layers) {
      if (!layer.name().isEmpty()) {
        byPath.putIfAbsent(prefix + layer.name(), layer);
        collect(layer.layers(), prefix + layer.name() + "/", byPath);
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
              && other.calls().stream()
                  .flatMapToInt(call -> Arrays.stream(call.region().positions()))
                  .anyMatch(position -> reached[position]);
      if (isReached) {
        later.add(other.path());
      }
    }
    return later;
  }
}
