package layertap.model.layers;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * A layer of a model.
 *
 * @param path its name, after those of the models and layers around it: {@code encoder/conv1}
 * @param index position in {@code model.layers}, or {@link #NO_INDEX}
 * @param className as {@code Conv2D}; empty where the file does not tell
 * @param op the op that does its work, for the reader; empty for a layer without ops
 * @param calls in Keras' order where a topology tells it, else as they were traced
 * @param parameterCount number of values in its variables
 */
public record Layer(
    String path,
    int index,
    String className,
    String op,
    List<LayerCall> calls,
    long parameterCount) {
  /** The index of a layer of which the file does not tell it. */
  public static final int NO_INDEX = -1;

  public Layer {
    requireNonNull(path, "path is null");
    calls = List.copyOf(calls);
  }

  /** The last part of the path. */
  public String name() {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** The path of the layer or model around it; empty for a layer of the model itself. */
  public String parent() {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  /** Whether it is a layer of the model itself, not of one inside. */
  public boolean isTopLevel() {
    return path.indexOf('/') < 0;
  }
}
