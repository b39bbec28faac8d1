package layertap.model.layers.keras;

import java.util.List;

/**
 * A layer as the object graph of a SavedModel lists it, without its connections to others.
 *
 * @param name empty where the file does not say it
 * @param className empty where the file does not say it
 * @param parameterCount number of values in its variables
 * @param variables names of its variables
 * @param functions that Keras 2 saved for its calls
 * @param layers those inside it, in order
 */
public record ListedLayer(
    String name,
    String className,
    long parameterCount,
    List<String> variables,
    List<String> functions,
    List<ListedLayer> layers) {
  public ListedLayer {
    variables = List.copyOf(variables);
    functions = List.copyOf(functions);
    layers = List.copyOf(layers);
  }

  public boolean isInput() {
    return className.equals("InputLayer");
  }
}
