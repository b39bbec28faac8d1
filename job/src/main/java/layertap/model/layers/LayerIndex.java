package layertap.model.layers;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All layers of a model that its file shows, in the model's order; layers inside another follow it.
 * Immutable and thread-safe.
 */
public final class LayerIndex {
  private final Map<String, Layer> byPath = new LinkedHashMap<>();
  private final String listedBy;
  private final int listedCount;

  /**
   * Makes an index of layers.
   *
   * @param listedBy what told the list and order of {@code model.layers}; empty if nothing did
   * @param listedCount the length of that list
   */
  LayerIndex(List<Layer> layers, String listedBy, int listedCount) {
    Map<String, List<Layer>> inside = new LinkedHashMap<>();
    for (Layer layer : layers) {
      inside.computeIfAbsent(layer.parent(), key -> new ArrayList<>()).add(layer);
    }
    add(inside, "");
    this.listedBy = listedBy;
    this.listedCount = listedCount;
  }

  private void add(Map<String, List<Layer>> inside, String parent) {
    for (Layer layer : inside.getOrDefault(parent, List.of())) {
      if (byPath.putIfAbsent(layer.path(), layer) == null) {
        add(inside, layer.path());
      }
    }
  }

  /** In the model's order. */
  public List<Layer> layers() {
    return List.copyOf(byPath.values());
  }

  /** The layer of exactly that path. */
  public Optional<Layer> find(String path) {
    return Optional.ofNullable(byPath.get(path));
  }

  /**
   * What told the list of {@code model.layers}; empty if nothing did, then no layer has an index.
   */
  public Optional<String> listedBy() {
    return listedBy.isEmpty() ? Optional.empty() : Optional.of(listedBy);
  }

  /** The length of {@code model.layers}, 0 if unknown. Not all of them need be found. */
  public int listedCount() {
    return listedCount;
  }

  /** The layers of {@code model.layers} by index, as far as they are found. */
  public Map<Integer, Layer> byIndex() {
    Map<Integer, Layer> byIndex = new LinkedHashMap<>();
    for (Layer layer : byPath.values()) {
      if (layer.index() != Layer.NO_INDEX) {
        byIndex.put(layer.index(), layer);
      }
    }
    return Collections.unmodifiableMap(byIndex);
  }
}
