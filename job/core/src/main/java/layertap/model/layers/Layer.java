package layertap.model.layers;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A layer of a model.
 *
 * @param names its own, after those of the models and layers around it; Keras 2 allows slashes in
 *     them
 * @param index position in {@code model.layers}, or {@link #NO_INDEX}
 * @param className as {@code Conv2D}; empty where the file does not say
 * @param op the op that does its work, for the reader; empty for a layer without ops
 * @param calls in Keras' order where a topology tells it, else as they were traced
 * @param parameterCount number of values in its variables
 */
public record Layer(
    List<String> names,
    int index,
    String className,
    String op,
    List<LayerCall> calls,
    long parameterCount) {
  /** The index of a layer of which the file does not say it. */
  public static final int NO_INDEX = -1;

  public Layer {
    names = List.copyOf(names);
    calls = List.copyOf(calls);
  }

  /** Its name after those around it: {@code encoder/conv1}. */
  public String path() {
    return String.join("/", names);
  }

  /** Its own name. */
  public String name() {
    return names.get(names.size() - 1);
  }

  /** The names of the layer or model around it; none for a layer of the model itself. */
  List<String> parent() {
    return names.subList(0, names.size() - 1);
  }

  /** Whether the text is its name, or its name after some of those around it. */
  public boolean isCalled(String text) {
    return IntStream.range(0, names.size())
        .anyMatch(from -> String.join("/", names.subList(from, names.size())).equals(text));
  }

  /** Whether it is inside a layer or model of these names. */
  public boolean isInside(List<String> around) {
    return names.size() > around.size() && names.subList(0, around.size()).equals(around);
  }

  /** Whether it is a layer of the model itself, not of one inside. */
  public boolean isTopLevel() {
    return names.size() == 1;
  }
}
