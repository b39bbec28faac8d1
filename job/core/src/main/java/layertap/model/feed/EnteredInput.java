package layertap.model.feed;

import java.util.List;
import java.util.stream.IntStream;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.model.layers.LayerCall;
import layertap.model.layers.LayerIndex;
import layertap.model.select.FeedTarget;
import layertap.model.select.Selector.ByName;

/** Which of a layer's inputs a feed goes into. */
final class EnteredInput {
  private EnteredInput() {}

  /**
   * The tensor that the layer takes there.
   *
   * @throws UserException if it has several inputs and the target names none, or their order is not
   *     known
   */
  static TensorId of(FeedTarget.Into into, LayerCall call, LayerIndex layers) {
    String port = into.layer() instanceof ByName named ? named.port() : "";
    List<TensorId> inputs = call.inputs();
    if (inputs.size() != 1 && port.isEmpty()) {
      throw new UserException(
          "cannot feed %s: the layer has %s inputs%s"
              .formatted(
                  into.text(),
                  inputs.size(),
                  inputs.isEmpty()
                      ? "; feed its output with output-of"
                      : "; add :0 to :" + (inputs.size() - 1) + " to name one"));
    }
    int position = port.isEmpty() ? 0 : position(into, port, inputs.size());
    if (!port.isEmpty() && !call.inputsAreOrdered()) {
      throw new UserException(
          "cannot feed %s%s%s"
              .formatted(
                  into.text(),
                  inputs.size() == 1
                      ? ": the graph shows one input, and the file does not say which of the "
                          + "layer's inputs that is; leave out the number for the one that it shows"
                      : ": the graph does not tell the order of the layer's inputs; feed one with"
                          + " { graph-tensor = … }",
                  layers.orTopology()));
    }
    return inputs.get(position);
  }

  /**
   * Goes on only if the graph shows where the layer takes that input, and no other one.
   *
   * @throws UserException if a layer without ops hands on another input, one with ops hands on this
   *     one beside what it computes, or two are one tensor
   */
  static void requireOwn(
      FeedTarget.Into into, LayerCall call, TensorId entering, GraphIndex graph) {
    if (!call.hasOps() && !call.outputs().containsValue(entering)) {
      throw new UserException(
          ("cannot feed %s: the layer has no ops and hands on another input than %s; feed with into"
                  + " = the layer that takes it")
              .formatted(into.text(), entering));
    }
    TensorId source = Identities.source(graph, entering);
    requireTaken(into, call, source, graph);
    long alike =
        call.inputs().stream()
            .filter(each -> Identities.source(graph, each).equals(source))
            .count();
    if (alike > 1) {
      throw new UserException(
          ("cannot feed %s: %s of the layer's inputs are the tensor %s, and the graph does not show"
                  + " which op takes which; feed the layer that gives it with output-of")
              .formatted(into.text(), alike, entering));
    }
  }

  /** Others take what the layer hands on from where it was computed, not from the layer. */
  private static void requireTaken(
      FeedTarget.Into into, LayerCall call, TensorId source, GraphIndex graph) {
    boolean computes =
        IntStream.of(call.region().positions()).anyMatch(node -> !Ops.isIdentity(graph.node(node)));
    boolean handsOn =
        call.outputs().values().stream()
            .filter(output -> !call.region().contains(graph.require(output.node())))
            .anyMatch(output -> Identities.source(graph, output).equals(source));
    if (computes && handsOn) {
      throw new UserException(
          ("cannot feed %s: one of the layer's outputs is the tensor %s that it takes, and the"
                  + " graph does not show who takes it from the layer; feed the layer that gives"
                  + " it with output-of")
              .formatted(into.text(), source));
    }
  }

  private static int position(FeedTarget target, String port, int count) {
    boolean isNumber = port.length() <= 6 && port.chars().allMatch(Character::isDigit);
    int position = isNumber ? Integer.parseInt(port) : -1;
    if (position < 0 || position >= count) {
      throw new UserException(
          "cannot feed %s: the layer has %s%s, counted from 0"
              .formatted(target.text(), count, count == 1 ? " input" : " inputs"));
    }
    return position;
  }
}
