package layertap.model.select;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import layertap.graph.TensorId;

/**
 * A tensor to fetch.
 *
 * @param selector that finds it again, fully spelled
 * @param layer path of the layer that it belongs to; empty for a raw tensor
 * @param tensor of the flat graph
 * @param columnName default name of its column
 */
public record Tap(String selector, String layer, TensorId tensor, String columnName)
    implements Serializable {
  public Tap {
    requireNonNull(selector, "selector is null");
    requireNonNull(layer, "layer is null");
    requireNonNull(tensor, "tensor is null");
    requireNonNull(columnName, "columnName is null");
  }

  /** A column name: whatever is no letter, digit or underscore becomes an underscore. */
  static String toColumnName(String text) {
    return text.replaceAll("[^A-Za-z0-9_]", "_");
  }
}
