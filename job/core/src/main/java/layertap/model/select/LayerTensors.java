package layertap.model.select;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.rewrite.StepRecording;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;
import layertap.model.layers.flow.PreActivation;
import layertap.model.select.Selector.Side;

/**
 * Picks a tensor of one call of a layer: an output, a state, an input, or before the activation.
 */
final class LayerTensors {
  /** Ends a call's name in the selector of its input. */
  static final String INPUT = ":input";

  private final GraphIndex graph;
  private PreActivation preActivation;

  LayerTensors(GraphIndex graph) {
    this.graph = graph;
  }

  /** The one tensor that is meant. */
  Tap tap(Layer layer, int number, String port, Side side) {
    LayerCall call = layer.calls().get(number);
    String name = layer.path() + (layer.calls().size() > 1 ? "@" + number : "");
    return switch (side) {
      case OUTPUT -> output(layer, call, name, port);
      case INPUT -> input(layer, call, name, port);
      case PRE_ACTIVATION -> beforeActivation(layer, call, name);
    };
  }

  /** All outputs that Keras returns, or the one that is named. */
  List<Tap> taps(Layer layer, int number, String port, Side side) {
    LayerCall call = layer.calls().get(number);
    if (side != Side.OUTPUT || !port.isEmpty() || call.outputs().size() <= 1) {
      return List.of(tap(layer, number, port, side));
    }
    List<Tap> taps = new ArrayList<>();
    for (int position : call.outputs().keySet()) {
      taps.add(tap(layer, number, String.valueOf(position), side));
    }
    return taps;
  }

  private Tap output(Layer layer, LayerCall call, String name, String port) {
    if (!port.isEmpty() && !port.chars().allMatch(Character::isDigit)) {
      return state(layer, call, name, port);
    }
    if (!call.isResolved()) {
      throw unresolved(name, call);
    }
    Map<Integer, TensorId> outputs = call.outputs();
    if (port.isEmpty() && outputs.size() == 1) {
      return named(layer, name, outputs.values().iterator().next());
    }
    if (port.isEmpty()) {
      throw new UserException(
          "cannot tap the layer '%s': it has several outputs; name one: %s"
              .formatted(name, choices(name, call)));
    }
    if (outputs.containsKey(LayerCall.ONLY_OUTPUT)) {
      throw new UserException(
          ("cannot tap output %s of the layer '%s': the graph shows one output, "
                  + "and the file does not say which is which output of the layer; write "
                  + "'%s' for the one that it shows, or set model.topology")
              .formatted(port, name, name));
    }
    TensorId tensor = port.length() > 6 ? null : outputs.get(Integer.parseInt(port));
    if (tensor == null) {
      throw new UserException(
          "cannot tap output %s of the layer '%s': the graph shows no such output; it has %s"
              .formatted(port, name, choices(name, call)));
    }
    return named(layer, outputs.size() == 1 ? name : name + ":" + port, tensor);
  }

  private static String choices(String name, LayerCall call) {
    List<String> choices = new ArrayList<>();
    call.outputs().keySet().stream()
        .map(position -> position == LayerCall.ONLY_OUTPUT ? name : name + ":" + position)
        .forEach(choices::add);
    call.states().keySet().forEach(state -> choices.add(name + ":" + state));
    return String.join(", ", choices);
  }

  private static Tap state(Layer layer, LayerCall call, String name, String state) {
    TensorId tensor = call.states().get(state);
    if (tensor == null) {
      throw new UserException(
          "cannot tap '%s:%s': %s%s"
              .formatted(
                  name,
                  state,
                  call.states().isEmpty()
                      ? "the graph shows no loop of a recurrent layer there; its outputs are "
                      : "the layer has ",
                  choices(name, call)));
    }
    String selector = name + ":" + state;
    List<StepRecording> unfoldings =
        call.unfoldings().stream()
            .filter(unfolding -> unfolding.sequence().equals(tensor))
            .toList();
    return new Tap(selector, layer.path(), tensor, Tap.toColumnName(selector), unfoldings);
  }

  private Tap input(Layer layer, LayerCall call, String name, String port) {
    List<TensorId> inputs = call.inputs();
    if (inputs.isEmpty() && call.hasOps() && !call.isResolved()) {
      throw new UserException(
          ("cannot tap the input of the layer '%s': calls that directly follow each "
                  + "other look like one, so that their numbers are not known; set "
                  + "model.topology, or name a tensor with { graph-tensor = … }")
              .formatted(name));
    }
    if (inputs.isEmpty() && !call.hasOps() && !call.inputsAreOrdered()) {
      throw new UserException(
          ("cannot tap the input of the layer '%s': the graph does not show which "
                  + "tensor enters it; tap the layer before it, or name a tensor with { "
                  + "graph-tensor = … }")
              .formatted(name));
    }
    if (inputs.isEmpty()) {
      throw new UserException(
          "cannot tap the input of the layer '%s': nothing enters it; tap its output instead"
              .formatted(name));
    }
    boolean isSure = port.isEmpty() || (port.equals("0") && call.inputsAreOrdered());
    if (inputs.size() == 1 && isSure) {
      return named(layer, name + INPUT, inputs.get(0));
    }
    if (inputs.size() == 1 && !call.inputsAreOrdered()) {
      throw new UserException(
          ("cannot tap input %s of the layer '%s': the graph shows one input, %s, "
                  + "and the file does not say which of the layer's inputs that is; set at "
                  + "= input for the one that it shows, or set model.topology")
              .formatted(port, name, inputs.get(0)));
    }
    int position = port.isEmpty() ? -1 : Integer.parseInt(port);
    if (position < 0 || position >= inputs.size()) {
      throw new UserException(
          ("cannot tap the input of the layer '%s': it has %s%s; set at = \"input:0\" "
                  + "to \"input:%s\", which are %s")
              .formatted(
                  name,
                  inputs.size(),
                  inputs.size() == 1 ? " input" : " inputs",
                  (inputs.size() - 1),
                  join(inputs)));
    }
    if (!call.inputsAreOrdered()) {
      throw new UserException(
          ("cannot tap input %s of the layer '%s': the graph does not tell the order of "
                  + "its inputs %s; name one of them with { graph-tensor = … }, or set "
                  + "model.topology")
              .formatted(position, name, join(inputs)));
    }
    return named(layer, name + INPUT + ":" + position, inputs.get(position));
  }

  private Tap beforeActivation(Layer layer, LayerCall call, String name) {
    Tap output = output(layer, call, name, "");
    if (!call.hasOps()) {
      throw new UserException(
          ("cannot tap the pre-activation of the layer '%s': the graph does not "
                  + "show which ops belong to it; use at = output, or name a tensor with { "
                  + "graph-tensor = … }")
              .formatted(name));
    }
    if (preActivation == null) {
      preActivation = new PreActivation(graph);
    }
    TensorId tensor =
        preActivation
            .find(call.region(), output.tensor())
            .orElseThrow(
                () ->
                    new UserException(
                        ("cannot tap the pre-activation of the layer '%s': it has no activation "
                                + "function after its weights; use at = output, or at = input of the "
                                + "activation layer that follows")
                            .formatted(name)));
    return named(layer, name + ":pre-activation", tensor);
  }

  private static UserException unresolved(String name, LayerCall call) {
    if (call.leaving().size() > 1) {
      return new UserException(
          ("cannot tap the layer '%s': %s tensors leave it and the file does not "
                  + "say which is which output; name one with { graph-tensor = \"%s\" }: %s")
              .formatted(name, call.leaving().size(), call.leaving().get(0), join(call.leaving())));
    }
    return new UserException(
        ("cannot tap the layer '%s': the graph does not show which tensor is "
                + "its output; tap the layer before or after it, or set model.topology")
            .formatted(name));
  }

  private static String join(List<TensorId> tensors) {
    return tensors.stream().map(TensorId::toString).collect(Collectors.joining(", "));
  }

  private static Tap named(Layer layer, String selector, TensorId tensor) {
    return new Tap(selector, layer.path(), tensor, Tap.toColumnName(selector));
  }
}
