package layertap.model.select;

import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Collectors;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.TensorId;
import layertap.model.layers.Layer;
import layertap.model.layers.LayerIndex;
import layertap.model.saved.Signature;

/** Says which layer gives a tensor that other layers, or the model's outputs, hand on. */
final class SharedOutputs {
  private static final String LAMBDA = "Lambda";

  private final LayerIndex layers;
  private final GraphIndex graph;
  private final Signature signature;

  SharedOutputs(LayerIndex layers, GraphIndex graph, Signature signature) {
    this.layers = layers;
    this.graph = graph;
    this.signature = signature;
  }

  /** Which layers the model's outputs are, as a part of a sentence; empty if none is known. */
  String words() {
    String equal =
        signature.outputs().entrySet().stream()
            .filter(output -> graph.find(output.getValue().tensor().node()).isPresent())
            .flatMap(
                output ->
                    computing(output.getValue().tensor()).stream()
                        .map(layer -> "%s = %s".formatted(output.getKey(), layer)))
            .collect(Collectors.joining(", "));
    return equal.isEmpty() ? "" : " (the model's outputs are those of layers: %s)".formatted(equal);
  }

  /** A sentence on a Lambda layer that hands on what another layer computes. */
  Optional<String> handedOn(Layer layer, int call, TensorId tensor) {
    if (!layer.className().equals(LAMBDA)) {
      return Optional.empty();
    }
    TensorId source = Identities.source(graph, tensor);
    boolean isOwn = layer.calls().get(call).region().contains(graph.require(source.node()));
    return isOwn
        ? Optional.empty()
        : computing(tensor)
            .map(
                other ->
                    "the Lambda layer '%s' hands on what it takes: its output is that of '%s'"
                        .formatted(layer.path(), other));
  }

  /** The outermost layer with the op that computes a tensor. */
  Optional<String> computing(TensorId tensor) {
    TensorId source = Identities.source(graph, tensor);
    int position = graph.require(source.node());
    return layers.layers().stream()
        .filter(layer -> gives(layer, source))
        .filter(layer -> layer.calls().stream().anyMatch(call -> call.region().contains(position)))
        .max(Comparator.comparingInt(layer -> -layer.names().size()))
        .map(Layer::path);
  }

  private boolean gives(Layer layer, TensorId source) {
    return layer.calls().stream()
        .flatMap(call -> call.outputs().values().stream())
        .anyMatch(output -> Identities.source(graph, output).equals(source));
  }
}
