package layertap.model.select;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.rewrite.StepRecording;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;
import layertap.model.layers.LayerIndex;
import layertap.model.layers.flow.PreActivation;
import layertap.model.select.Selector.Side;

/**
 * Picks a tensor of one call of a layer: an output, a state, an input, or before the activation.
 */
class LayerTensors {
  private final GraphIndex graph;
  private final OutputRefusals refusals;
  private final String orTopology;
  private PreActivation preActivation;

  LayerTensors(GraphIndex graph, LayerIndex layers) {
    this.graph = graph;
    this.refusals = new OutputRefusals(layers);
    this.orTopology = layers.orTopology();
  }

  /** The one tensor that is meant. */
  Tap tap(Layer layer, int number, String port, Side side) {
    return tap(layer, layer.calls().get(number), name(layer, number), port, side);
  }

  static String name(Layer layer, int number) {
    return layer.path() + (layer.calls().size() > 1 ? "@" + number : "");
  }

  final Tap tap(Layer layer, LayerCall call, String name, String port, Side side) {
    return switch (side) {
      case OUTPUT -> output(layer, call, name, port);
      case INPUT -> input(layer, call, name, port);
      case PRE_ACTIVATION -> beforeActivation(layer, call, name);
    };
  }

  /**
   * What to write after the layer's name for each of the outputs that it is asked for: nothing for
   * its only one, else their positions, also those of which no tensor is known.
   */
  static List<String> ports(LayerCall call, String port, Side side) {
    boolean isOne = side != Side.OUTPUT || !port.isEmpty() || !call.isResolved();
    if (isOne || call.onlyOutput().isPresent()) {
      return List.of(port);
    }
    Set<Integer> positions = new TreeSet<>(call.outputs().keySet());
    positions.addAll(call.unknownOutputs());
    return positions.stream().map(String::valueOf).toList();
  }

  private Tap output(Layer layer, LayerCall call, String name, String port) {
    if (!port.isEmpty() && !port.chars().allMatch(Character::isDigit)) {
      return state(layer, call, name, port);
    }
    if (!call.isResolved()) {
      throw refusals.none(layer, name, call);
    }
    Map<Integer, TensorId> outputs = call.outputs();
    if (port.isEmpty()) {
      return named(layer, name, call.onlyOutput().orElseThrow(() -> refusals.several(name, call)));
    }
    if (outputs.containsKey(LayerCall.ONLY_OUTPUT)) {
      throw new UserException(
          ("cannot tap output %s of the layer '%s': the graph shows one output, "
                  + "and the file does not say which is which output of the layer; write "
                  + "'%s' for the one that it shows%s")
              .formatted(port, name, name, orTopology));
    }
    int position = port.length() > 6 ? -1 : Integer.parseInt(port);
    TensorId tensor = position < 0 ? null : outputs.get(position);
    boolean mayLeave = call.unknownOutputs().isEmpty() && !call.leaving().isEmpty();
    if (tensor == null && (mayLeave || call.unknownOutputs().contains(position))) {
      throw refusals.position(name, position, call);
    }
    if (tensor == null) {
      throw new UserException(
          "cannot tap output %s of the layer '%s': the graph shows no such output; it has %s"
              .formatted(port, name, OutputRefusals.choices(name, call)));
    }
    return named(layer, call.onlyOutput().isPresent() ? name : name + ":" + position, tensor);
  }

  private static Tap state(Layer layer, LayerCall call, String name, String state) {
    TensorId tensor = call.states().get(state);
    if (tensor == null && !call.unnamedStates().isEmpty()) {
      throw OutputRefusals.state(name, state, call);
    }
    if (tensor == null) {
      throw new UserException(
          "cannot tap '%s:%s': %s%s"
              .formatted(
                  name,
                  state,
                  call.states().isEmpty()
                      ? "the graph shows no loop of a recurrent layer there; its outputs are "
                      : "the layer has ",
                  OutputRefusals.choices(name, call)));
    }
    String selector = name + ":" + state;
    List<StepRecording> recordings =
        call.recordings().stream()
            .filter(recording -> recording.sequence().equals(tensor))
            .toList();
    return new Tap(
        selector,
        layer.path(),
        tensor,
        Tap.toColumnName(selector),
        recordings,
        BatchAxis.DEFAULT,
        null);
  }

  private Tap input(Layer layer, LayerCall call, String name, String port) {
    List<TensorId> inputs = call.inputs();
    if (inputs.isEmpty() && call.hasOps() && !call.isResolved()) {
      throw new UserException(
          ("cannot tap the input of the layer '%s': calls that directly follow each "
                  + "other look like one, so that their numbers are not known; name a tensor "
                  + "with { graph-tensor = … }%s")
              .formatted(name, orTopology));
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
      return named(layer, name + Tap.INPUT, inputs.get(0));
    }
    if (inputs.size() == 1 && !call.inputsAreOrdered()) {
      throw new UserException(
          ("cannot tap input %s of the layer '%s': the graph shows one input, %s, "
                  + "and the file does not say which of the layer's inputs that is; set at "
                  + "= input for the one that it shows%s")
              .formatted(port, name, inputs.get(0), orTopology));
    }
    int position = port.isEmpty() ? -1 : Integer.parseInt(port);
    if (inputs.size() == 1 && position != 0) {
      throw new UserException(
          "cannot tap input %s of the layer '%s': it has 1 input, %s; set at = input"
              .formatted(port, name, inputs.get(0)));
    }
    if (position < 0 || position >= inputs.size()) {
      throw new UserException(
          ("cannot tap the input of the layer '%s': it has %s inputs; set at = \"input:0\" "
                  + "to \"input:%s\", which are %s")
              .formatted(name, inputs.size(), inputs.size() - 1, OutputRefusals.join(inputs)));
    }
    if (!call.inputsAreOrdered()) {
      throw new UserException(
          ("cannot tap input %s of the layer '%s': the graph does not tell the order of "
                  + "its inputs %s; name one of them with { graph-tensor = … }%s")
              .formatted(position, name, OutputRefusals.join(inputs), orTopology));
    }
    return named(layer, name + Tap.INPUT + ":" + position, inputs.get(position));
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

  private static Tap named(Layer layer, String selector, TensorId tensor) {
    return new Tap(selector, layer.path(), tensor, Tap.toColumnName(selector));
  }
}
