package layertap.model.select;

import java.util.List;
import java.util.function.Consumer;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;
import layertap.model.layers.LayerIndex;
import layertap.model.select.Selector.Side;

/**
 * Picks the tensors of derivatives. For layers that hand on their input these are other tensors
 * than those whose values are fetched: a derivative depends on the paths from one tensor to
 * another.
 */
final class GradientTensorsOfLayers extends LayerTensors {
  private final SharedOutputs shared;
  private final Consumer<String> warnings;

  /**
   * Picks from a graph.
   *
   * @param shared tells which layer computes a tensor
   * @param warnings takes what the user should know of tensors that are handed on
   */
  GradientTensorsOfLayers(
      GraphIndex graph, LayerIndex layers, SharedOutputs shared, Consumer<String> warnings) {
    super(graph, layers);
    this.shared = shared;
    this.warnings = warnings;
  }

  @Override
  Tap tap(Layer layer, int number, String port, Side side) {
    LayerCall call = layer.calls().get(number);
    String name = name(layer, number);
    Tap tap = tap(layer, call.forGradients(), name, port, side);
    if (side == Side.OUTPUT && port.chars().allMatch(Character::isDigit)) {
      int position = port.isEmpty() ? 0 : Integer.parseInt(port);
      if (call.gradients().ambiguous().contains(position)) {
        throw ambiguous(name, tap.tensor());
      }
      List<String> passers = call.gradients().passers().getOrDefault(position, List.of());
      if (!passers.isEmpty()) {
        warnings.accept(passedBy(name, tap.tensor(), passers));
      }
    }
    return tap;
  }

  private UserException ambiguous(String name, TensorId tensor) {
    return new UserException(
        ("cannot compute a gradient with respect to '%s': several calls of the layer hand on %s, and"
                + " the graph does not show which of them leads where; %s")
            .formatted(
                name,
                tensor,
                shared
                    .computing(tensor)
                    .map("name '%s', which computes it"::formatted)
                    .orElse("name it as { graph-tensor = … }")));
  }

  private String passedBy(String name, TensorId tensor, List<String> passers) {
    return ("the gradient with respect to '%s' counts ways that pass the layer by, as in"
            + " tf.GradientTape: the layer hands on %s, which '%s' %s, too")
        .formatted(
            name,
            shared.computing(tensor).map("the output of '%s'"::formatted).orElse(tensor.toString()),
            String.join("', '", passers),
            passers.size() == 1 ? "takes" : "take");
  }
}
