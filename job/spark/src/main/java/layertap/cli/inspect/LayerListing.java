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
  /** Why an output cannot be tapped by name. */
  enum Refusal {
    NONE("", ""),
    NO_OPS(
        "no ops, cannot be tapped",
        "the graph has no ops of it, as of layers that act in training only"),
    NO_OUTPUT(
        "nothing leaves it, cannot be tapped",
        "no tensor leaves its ops, it only asserts or writes something down"),
    AMBIGUOUS(
        "outputs not told apart",
        "the file does not say which of these tensors is the layer's output; tap one as {"
            + " graph-tensor = \"…\" }, or name the model's topology");

    /** In place of the output's shape; of several tensors they follow. */
    final String brief;

    /** In a sentence, with what to do if anything can be done. */
    final String reason;

    Refusal(String brief, String reason) {
      this.brief = brief;
      this.reason = reason;
    }
  }

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
   * @param refusal the same, for programs
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
      Refusal refusal,
      TensorShape shape,
      OptionalLong parameters,
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
      json.put("reason", refusal == Refusal.NONE ? null : refusal.reason);
      json.put("shape", !tensor.isEmpty() && shape.isRankKnown() ? shape.sizes() : null);
      json.put("parameters", parameters.isPresent() ? parameters.getAsLong() : null);
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

  private void add(Layer layer, List<Line> lines) {
    OptionalLong none = OptionalLong.empty();
    OptionalLong parameters = OptionalLong.of(layer.parameterCount());
    if (layer.calls().isEmpty()) {
      lines.add(
          untapped(layer, layer.path(), Refusal.NO_OPS, List.of(), parameters, none, List.of()));
    }
    for (int number = 0; number < layer.calls().size(); number++) {
      LayerCall call = layer.calls().get(number);
      String name = layer.path() + (layer.calls().size() > 1 ? "@" + number : "");
      List<String> states =
          call.states().keySet().stream().map(state -> name + ":" + state).toList();
      OptionalLong operations = costs.of(call);
      if (!call.isResolved()) {
        lines.add(
            untapped(layer, name, refusal(call), call.leaving(), parameters, operations, states));
      }
      for (Map.Entry<Integer, TensorId> output : call.outputs().entrySet()) {
        String selector = call.onlyOutput().isPresent() ? name : name + ":" + output.getKey();
        lines.add(tapped(layer, selector, output.getValue(), parameters, operations, states));
        parameters = none;
        operations = none;
      }
      for (int position : call.isResolved() ? call.unknownOutputs() : Set.<Integer>of()) {
        String selector = name + ":" + position;
        lines.add(untapped(layer, selector, refusal(call), call.leaving(), none, none, states));
      }
      parameters = none;
    }
  }

  private static Refusal refusal(LayerCall call) {
    return call.leaving().isEmpty() ? Refusal.NO_OUTPUT : Refusal.AMBIGUOUS;
  }

  private Line tapped(
      Layer layer,
      String selector,
      TensorId tensor,
      OptionalLong parameters,
      OptionalLong operations,
      List<String> states) {
    TensorShape shape = graph.notedShape(tensor).map(TensorShape::of).orElse(TensorShape.unknown());
    return new Line(
        layer,
        selector,
        kinds.of(layer).orElse(""),
        shape.toString(),
        Refusal.NONE,
        shape,
        parameters,
        reductions.of(tensor),
        operations,
        tensor.toString(),
        notes.of(selector),
        states);
  }

  /** A line without a tensor, but with those that come into question. */
  private Line untapped(
      Layer layer,
      String selector,
      Refusal refusal,
      List<TensorId> candidates,
      OptionalLong parameters,
      OptionalLong operations,
      List<String> states) {
    String names = candidates.stream().map(TensorId::toString).collect(Collectors.joining(", "));
    return new Line(
        layer,
        selector,
        kinds.of(layer).orElse(""),
        names.isEmpty() ? refusal.brief : "%s: %s".formatted(refusal.brief, names),
        refusal,
        TensorShape.unknown(),
        parameters,
        OptionalInt.empty(),
        operations,
        "",
        notes.of(selector),
        states);
  }
}
