package layertap.cli.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import layertap.failure.NearestNames;
import layertap.failure.Printable;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.LoadedModel;
import layertap.model.describe.ComputeCosts;
import layertap.model.describe.LayerKinds;
import layertap.model.describe.Reductions;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;
import layertap.model.select.LayerGlob;

/** What {@code inspect} says of layers. */
final class LayerListing {
  /** Begins the list of tensors of which one may be the output. */
  static final String AMBIGUOUS = "outputs not told apart";

  /** What that means, and what to do. */
  static final String AMBIGUOUS_REASON =
      "the file does not say which of these tensors is the layer's output; tap one as {"
          + " graph-tensor = \"…\" }, or name the model's topology";

  private final LoadedModel model;
  private final GraphIndex graph;
  private final LayerKinds kinds;
  private final Reductions reductions;
  private final ComputeCosts costs;
  private final CandidateNotes notes;

  LayerListing(LoadedModel model) {
    this.model = model;
    this.graph = model.graph();
    this.kinds = new LayerKinds(model);
    this.reductions = new Reductions(graph);
    this.costs = new ComputeCosts(graph);
    this.notes = new CandidateNotes(model);
  }

  /**
   * One output of one call of a layer.
   *
   * @param selector that names it
   * @param className as Keras names it, where the file or the ops tell it; else empty
   * @param output its shape; why it cannot be tapped, if it cannot
   * @param shape of the output; of unknown rank where it cannot be tapped
   * @param parameters their number, on the layer's first line only
   * @param stride pixels of the image between two places of a map; empty if it is none
   * @param operations that a row takes in this call, on its first line only; empty if open
   * @param note why it may serve as a feature; empty if nothing speaks for it
   * @param states names of further tensors of a recurrent layer
   */
  record Line(
      Layer layer,
      String selector,
      String className,
      String output,
      TensorShape shape,
      String parameters,
      OptionalInt stride,
      OptionalLong operations,
      String tensor,
      String note,
      List<String> states) {
    int index() {
      return layer.index();
    }

    /** Its class, or the op that does its work. */
    String kind() {
      return className.isEmpty() ? layer.op() : className;
    }

    /** Why it cannot be tapped by name, in a sentence; empty if it can. */
    String reason() {
      if (!tensor.isEmpty()) {
        return "";
      }
      if (output.startsWith(AMBIGUOUS)) {
        return AMBIGUOUS_REASON;
      }
      return layer.calls().isEmpty()
          ? "the graph has no ops of it, as of layers that act in training only"
          : "no tensor leaves its ops, it only asserts or writes something down";
    }

    /** As one writes it in a configuration. */
    String quotedSelector() {
      return quoted(selector);
    }

    static String quoted(String selector) {
      String escaped = Printable.line(selector.replace("\\", "\\\\").replace("\"", "\\\""));
      return selector.matches("[A-Za-z0-9_./-]+") ? selector : "\"" + escaped + "\"";
    }

    Map<String, Object> toJson() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("index", index() == Layer.NO_INDEX ? null : index());
      json.put("selector", selector);
      json.put("kind", layer.className().isEmpty() ? layer.op() : layer.className());
      json.put("class", className.isEmpty() ? null : className);
      json.put("op", layer.op().isEmpty() ? null : layer.op());
      json.put("output", output);
      json.put("reason", reason().isEmpty() ? null : reason());
      json.put("shape", !tensor.isEmpty() && shape.isRankKnown() ? shape.sizes() : null);
      json.put("parameters", parameters.isEmpty() ? null : Long.valueOf(parameters));
      json.put("stride", stride.isPresent() ? stride.getAsInt() : null);
      json.put("flops", operations.isPresent() ? operations.getAsLong() : null);
      json.put("tensor", tensor.isEmpty() ? null : tensor);
      json.put("note", note.isEmpty() ? null : note);
      json.put("states", states);
      return json;
    }
  }

  /**
   * The lines of the layers whose paths match a glob; of all if it is empty.
   *
   * @throws UserException if there is a glob and it matches nothing
   */
  List<Line> lines(String glob) {
    List<Line> lines = new ArrayList<>();
    for (Layer layer : model.layers().layers()) {
      if (glob.isEmpty() || new LayerGlob(glob).matches(layer)) {
        add(layer, lines);
      }
    }
    if (lines.isEmpty() && !glob.isEmpty()) {
      List<String> paths = model.layers().layers().stream().map(Layer::path).toList();
      throw new UserException(
          "cannot list the layers '%s': no layer has such a name; nearest: %s"
              .formatted(glob, String.join(", ", NearestNames.of(glob, paths))));
    }
    return lines;
  }

  ComputeCosts costs() {
    return costs;
  }

  private static String unresolved(LayerCall call) {
    return call.leaving().isEmpty()
        ? "nothing leaves it, cannot be tapped"
        : call.leaving().stream()
            .map(TensorId::toString)
            .collect(Collectors.joining(", ", AMBIGUOUS + ": ", ""));
  }

  private void add(Layer layer, List<Line> lines) {
    String parameters = String.valueOf(layer.parameterCount());
    if (layer.calls().isEmpty()) {
      lines.add(untapped(layer, layer.path(), "no ops, cannot be tapped", parameters));
    }
    for (int number = 0; number < layer.calls().size(); number++) {
      LayerCall call = layer.calls().get(number);
      String name = layer.path() + (layer.calls().size() > 1 ? "@" + number : "");
      List<String> states =
          call.states().keySet().stream().map(state -> name + ":" + state).toList();
      OptionalLong operations = costs.of(call);
      if (!call.isResolved()) {
        lines.add(line(layer, name, unresolved(call), parameters, operations, null, states));
      }
      for (Map.Entry<Integer, TensorId> output : call.outputs().entrySet()) {
        TensorId tensor = output.getValue();
        String selector = call.onlyOutput().isPresent() ? name : name + ":" + output.getKey();
        lines.add(
            line(
                layer, selector, shape(tensor).toString(), parameters, operations, tensor, states));
        parameters = "";
        operations = OptionalLong.empty();
      }
      for (int position : call.isResolved() ? call.unknownOutputs() : Set.<Integer>of()) {
        lines.add(
            line(
                layer,
                name + ":" + position,
                unresolved(call),
                "",
                OptionalLong.empty(),
                null,
                states));
      }
      parameters = "";
    }
  }

  private Line untapped(Layer layer, String selector, String reason, String parameters) {
    return line(layer, selector, reason, parameters, OptionalLong.empty(), null, List.of());
  }

  private Line line(
      Layer layer,
      String selector,
      String output,
      String parameters,
      OptionalLong operations,
      TensorId tensor,
      List<String> states) {
    return new Line(
        layer,
        selector,
        kinds.of(layer).orElse(""),
        output,
        tensor == null ? TensorShape.unknown() : shape(tensor),
        parameters,
        tensor == null ? OptionalInt.empty() : reductions.of(tensor),
        operations,
        tensor == null ? "" : tensor.toString(),
        notes.of(selector),
        states);
  }

  private TensorShape shape(TensorId tensor) {
    return graph.notedShape(tensor).map(TensorShape::of).orElse(TensorShape.unknown());
  }
}
