package layertap.model.layers.keras;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * The layers of a Keras model and how their calls are connected, as the model's configuration has
 * it.
 *
 * @param name of the model
 * @param isSequential whether Keras leaves the InputLayer out of {@code model.layers}
 * @param layers in Keras' order, with what Keras calls operations ({@code x + 3}) between them
 * @param inputs the InputLayers that the model takes, in order
 * @param outputs what the model returns, in order
 * @param outputKeys under which the model returns its outputs; empty if they are a list
 */
public record Topology(
    String name,
    boolean isSequential,
    List<Element> layers,
    List<Reference> inputs,
    List<Reference> outputs,
    List<String> outputKeys) {
  public Topology {
    requireNonNull(name, "name is null");
    layers = List.copyOf(layers);
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    outputKeys = List.copyOf(outputKeys);
  }

  /**
   * A layer or an operation.
   *
   * @param className as {@code Conv2D}
   * @param isOfKeras whether the class is Keras' own, not one of the user's that bears its name
   * @param isLayer whether it stands in {@code model.layers}
   * @param isIdentity whether Keras returns its input at inference
   * @param returned what a recurrent layer is set to return, or null
   * @param calls for each call the tensors it takes
   * @param nested the layers of a model inside, or null
   */
  public record Element(
      String name,
      String className,
      boolean isOfKeras,
      boolean isLayer,
      boolean isIdentity,
      Returned returned,
      List<List<Reference>> calls,
      Topology nested) {
    public Element {
      calls = calls.stream().map(List::copyOf).toList();
    }

    public boolean isInput() {
      return className.equals("InputLayer");
    }

    /** The same with one call, of which nothing is said. */
    public Element calledOnce() {
      return new Element(
          name, className, isOfKeras, isLayer, isIdentity, returned, List.of(List.of()), nested);
    }
  }

  /** What a recurrent layer returns: of all steps or of the last one, and with its states. */
  public record Returned(boolean sequence, boolean states) {}

  /** Output {@code output} of call {@code call} of a layer. */
  public record Reference(String layer, int call, int output) {}

  Optional<Element> find(String layer) {
    return layers.stream().filter(element -> element.name().equals(layer)).findFirst();
  }

  /** A layer of a Sequential whose class has a {@code get_config} that leaves its name out. */
  Optional<Element> unnamed() {
    return find("");
  }

  /** The elements in the order of {@code model.layers}. */
  public List<Element> indexed() {
    return layers.stream()
        .filter(Element::isLayer)
        .filter(element -> !(isSequential && element.isInput()))
        .toList();
  }
}
