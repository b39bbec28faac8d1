package layertap.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import layertap.failure.NearestNames;
import layertap.failure.Printable;
import layertap.failure.UserException;
import layertap.graph.Dtype;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.LoadedModel;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerCall;
import layertap.model.select.LayerGlob;
import org.tensorflow.proto.DataType;

/** What {@code inspect} says of layers and tensors. */
final class LayerListing {
  private final LoadedModel model;
  private final GraphIndex graph;

  LayerListing(LoadedModel model) {
    this.model = model;
    this.graph = model.graph();
  }

  /**
   * One output of one call of a layer.
   *
   * @param selector that names it
   * @param kind its class, or the op that does its work
   * @param output its shape; why it cannot be tapped, if it cannot
   * @param parameters their number, on the layer's first line only
   * @param states names of further tensors of a recurrent layer
   */
  record Line(
      int index,
      String selector,
      String kind,
      String output,
      String parameters,
      String tensor,
      List<String> states) {
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
      json.put("index", index == Layer.NO_INDEX ? null : index);
      json.put("selector", selector);
      json.put("kind", kind);
      json.put("output", output);
      json.put("parameters", parameters.isEmpty() ? null : Long.valueOf(parameters));
      json.put("tensor", tensor.isEmpty() ? null : tensor);
      json.put("states", states);
      return json;
    }
  }

  /** A tensor of the flat graph. */
  record TensorLine(String name, String op, String dtype, String shape) {}

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

  private static String unresolved(LayerCall call) {
    return call.leaving().isEmpty()
        ? "no output to be told"
        : call.leaving().stream()
            .map(TensorId::toString)
            .collect(Collectors.joining(", ", "outputs not told apart: ", ""));
  }

  private void add(Layer layer, List<Line> lines) {
    String parameters = String.valueOf(layer.parameterCount());
    if (layer.calls().isEmpty()) {
      lines.add(line(layer, layer.path(), "no ops, cannot be tapped", parameters, "", List.of()));
    }
    for (int number = 0; number < layer.calls().size(); number++) {
      LayerCall call = layer.calls().get(number);
      String name = layer.path() + (layer.calls().size() > 1 ? "@" + number : "");
      List<String> states =
          call.states().keySet().stream().map(state -> name + ":" + state).toList();
      if (!call.isResolved()) {
        lines.add(line(layer, name, unresolved(call), parameters, "", states));
      }
      for (Map.Entry<Integer, TensorId> output : call.outputs().entrySet()) {
        String selector = call.onlyOutput().isPresent() ? name : name + ":" + output.getKey();
        lines.add(
            line(
                layer,
                selector,
                shape(output.getValue()),
                parameters,
                output.getValue().toString(),
                states));
        parameters = "";
      }
      for (int position : call.isResolved() ? call.untold() : Set.<Integer>of()) {
        lines.add(line(layer, name + ":" + position, unresolved(call), "", "", states));
      }
      parameters = "";
    }
  }

  private static Line line(
      Layer layer,
      String selector,
      String output,
      String parameters,
      String tensor,
      List<String> states) {
    String kind = layer.className().isEmpty() ? layer.op() : layer.className();
    return new Line(layer.index(), selector, kind, output, parameters, tensor, states);
  }

  private String shape(TensorId tensor) {
    return graph.notedShape(tensor).map(TensorShape::of).orElse(TensorShape.unknown()).toString();
  }

  /** All tensors of the flat graph, as they were traced. */
  List<TensorLine> tensors() {
    List<TensorLine> tensors = new ArrayList<>();
    for (int i = 0; i < graph.size(); i++) {
      List<DataType> types = graph.outputTypes(i);
      for (int output = 0; output < types.size(); output++) {
        TensorId tensor = new TensorId(graph.node(i).getName(), output);
        tensors.add(
            new TensorLine(
                tensor.toString(),
                graph.node(i).getOp(),
                Dtype.nameOf(types.get(output)),
                shape(tensor)));
      }
    }
    return tensors;
  }
}
