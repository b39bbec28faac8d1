package layertap.suggest.feed;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.LoadedModel;
import layertap.model.saved.CompositeInputs;
import layertap.model.saved.Signature;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * Which inputs some tensors of a model are computed from.
 *
 * @param needed inputs of the signature, then other placeholders without a default
 * @param others names of inputs of the signature that are not needed
 */
public record NeededInputs(List<FedInput> needed, List<String> others) {
  public NeededInputs {
    needed = List.copyOf(needed);
    others = List.copyOf(others);
  }

  /**
   * Finds them.
   *
   * @throws layertap.failure.UserException if one is a part of a ragged or sparse tensor, which
   *     nothing feeds
   */
  public static NeededInputs of(LoadedModel model, TensorId tap) {
    GraphIndex graph = model.graph();
    Signature signature = model.signature();
    boolean[] isNeeded = graph.ancestorsOf(graph.require(tap.node()));
    List<FedInput> needed = new ArrayList<>();
    List<String> others = new ArrayList<>();
    Set<String> nodes = new LinkedHashSet<>();
    CompositeInputs composite = new CompositeInputs(signature, graph);
    signature
        .inputs()
        .forEach(
            (name, port) -> {
              nodes.add(port.tensor().node());
              if (graph.find(port.tensor().node()).stream().anyMatch(node -> isNeeded[node])) {
                composite.refuse(name);
                needed.add(new FedInput("input", name, port.dtype(), port.shape()));
              } else {
                others.add(name);
              }
            });
    for (int position = 0; position < graph.size(); position++) {
      NodeDef node = graph.node(position);
      if (isNeeded[position] && Ops.isPlaceholder(node) && !nodes.contains(node.getName())) {
        TensorId tensor = new TensorId(node.getName(), 0);
        needed.add(
            new FedInput(
                "graph-tensor", node.getName(), graph.type(tensor), shape(graph, node, tensor)));
      }
    }
    return new NeededInputs(needed, others);
  }

  private static TensorShape shape(GraphIndex graph, NodeDef node, TensorId tensor) {
    Optional<TensorShape> own =
        Optional.ofNullable(node.getAttrMap().get("shape"))
            .map(AttrValue::getShape)
            .map(TensorShape::of);
    return graph
        .notedShape(tensor)
        .map(TensorShape::of)
        .or(() -> own)
        .orElse(TensorShape.unknown());
  }
}
