package layertap.model.layers.call;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import layertap.graph.TensorId;
import layertap.model.layers.scope.LayerNames;

/** What a Bidirectional layer returns, found by the two recurrent layers in its scope. */
final class BidirectionalOutputs {
  private final ScopedLayers scopes;
  private final Function<TracedCall, Optional<Recurrence>> recurrence;

  /**
   * For the layers of a model.
   *
   * @param recurrence finds that of a recurrent layer
   */
  BidirectionalOutputs(ScopedLayers scopes, Function<TracedCall, Optional<Recurrence>> recurrence) {
    this.scopes = scopes;
    this.recurrence = recurrence;
  }

  /**
   * What the layer returns, by Keras' positions: the merged output, or that of the forward and that
   * of the backward layer, then, if it returns them, the states of both.
   *
   * @param leaving what leaves the call, where it was computed
   * @return empty if it is no such layer, or the graph does not tell which direction is which
   */
  Optional<List<TensorId>> inOrder(TracedCall tracedCall, List<TensorId> leaving) {
    List<Recurrence> directions = new ArrayList<>();
    for (String prefix : List.of("forward_", "backward_")) {
      scopes
          .inside(tracedCall, LayerNames.UNKNOWN)
          .layers()
          .forEach(
              (name, tracedCalls) -> {
                if (name.startsWith(prefix) && tracedCalls.size() == 1) {
                  recurrence.apply(tracedCalls.get(0)).ifPresent(directions::add);
                }
              });
    }
    if (directions.size() != 2) {
      return Optional.empty();
    }
    List<TensorId> states = new ArrayList<>(directions.get(0).states());
    states.addAll(directions.get(1).states());
    List<TensorId> merged = leaving.stream().filter(tensor -> !states.contains(tensor)).toList();
    List<TensorId> outputs = new ArrayList<>(merged);
    if (merged.size() == 2) {
      Collection<TensorId> forward = directions.get(0).named().values();
      Collection<TensorId> backward = directions.get(1).named().values();
      outputs.removeIf(tensor -> !forward.contains(tensor));
      merged.stream().filter(tensor -> !forward.contains(tensor)).forEach(outputs::add);
      if (outputs.size() != 2
          || forward.contains(outputs.get(1))
          || backward.contains(outputs.get(0))) {
        return Optional.empty();
      }
    } else if (merged.size() != 1) {
      return Optional.empty();
    }
    if (merged.size() < leaving.size()) {
      outputs.addAll(states);
    }
    return Optional.of(outputs);
  }
}
