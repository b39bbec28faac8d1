package layertap.model.select;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import layertap.failure.UserException;
import layertap.graph.TensorId;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;
import layertap.model.layers.LayerIndex;

/** Says why an output of a layer cannot be tapped, and what can be tapped instead. */
final class OutputRefusals {
  private static final int MOST_NAMES = 5;

  private final LayerIndex layers;

  OutputRefusals(LayerIndex layers) {
    this.layers = layers;
  }

  /** A bare name that does not say which of several outputs is meant. */
  UserException several(String name, LayerCall call) {
    String unknownOutputs =
        call.unknownOutputs().stream()
            .map(position -> name + ":" + position)
            .collect(Collectors.joining(", "));
    return new UserException(
        "cannot tap the layer '%s': it has several outputs; name one: %s%s"
            .formatted(
                name,
                choices(name, call),
                unknownOutputs.isEmpty()
                    ? ""
                    : " (nothing tells which tensor is " + unknownOutputs + ")"));
  }

  /** An output that others take, and no tensor is known for it. */
  UserException position(String name, int position, LayerCall call) {
    return new UserException(
        "cannot tap output %s of the layer '%s': nothing tells which tensor that is; %s"
            .formatted(
                position,
                name,
                call.leaving().isEmpty()
                    ? "tap a layer that takes it"
                    : "name one with { graph-tensor = \"%s\" }: %s"
                        .formatted(call.leaving().get(0), join(call.leaving()))));
  }

  /** A state of a recurrent layer whose cell is none of those whose states have names. */
  static UserException state(String name, String state, LayerCall call) {
    return new UserException(
        ("cannot tap '%s:%s': the ops of the layer's cell do not tell which of its states that "
                + "is; name one with { graph-tensor = \"%s\" }: %s; or tap %s")
            .formatted(
                name,
                state,
                call.unnamedStates().get(0),
                join(call.unnamedStates()),
                choices(name, call)));
  }

  /** A layer of which no output is known. */
  UserException none(Layer layer, String name, LayerCall call) {
    if (call.leaving().size() > 1) {
      return new UserException(
          ("cannot tap the layer '%s': %s tensors leave it and the file does not "
                  + "say which is which output; name one with { graph-tensor = \"%s\" }: %s%s")
              .formatted(
                  name,
                  call.leaving().size(),
                  call.leaving().get(0),
                  join(call.leaving()),
                  inside(layer, call)));
    }
    return new UserException(
        ("cannot tap the layer '%s': the graph does not show which tensor is "
                + "its output; tap the layer before or after it%s%s")
            .formatted(name, layers.orTopology(), inside(layer, call)));
  }

  /** Layers inside that can be tapped; those first of which a tensor leaves the layer. */
  private String inside(Layer layer, LayerCall call) {
    List<String> names =
        layers.layers().stream()
            .filter(inner -> inner.isInside(layer.names()))
            .filter(inner -> inner.calls().stream().allMatch(LayerCall::isResolved))
            .sorted(Comparator.comparing(inner -> !gives(inner, call.leaving())))
            .limit(MOST_NAMES)
            .map(Layer::path)
            .toList();
    return names.isEmpty() ? "" : "; or tap a layer inside it, as " + String.join(", ", names);
  }

  private static boolean gives(Layer layer, List<TensorId> tensors) {
    return layer.calls().stream()
        .anyMatch(call -> call.outputs().values().stream().anyMatch(tensors::contains));
  }

  /** The selectors of what is known of a call. */
  static String choices(String name, LayerCall call) {
    List<String> choices = new ArrayList<>();
    call.outputs().keySet().stream()
        .map(position -> position == LayerCall.ONLY_OUTPUT ? name : name + ":" + position)
        .forEach(choices::add);
    call.states().keySet().forEach(state -> choices.add(name + ":" + state));
    return String.join(", ", choices);
  }

  static String join(List<TensorId> tensors) {
    return tensors.stream().map(TensorId::toString).collect(Collectors.joining(", "));
  }
}
