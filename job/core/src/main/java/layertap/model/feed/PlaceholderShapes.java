package layertap.model.feed;

import java.util.Optional;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/** Which shape a graph says that a tensor has. */
final class PlaceholderShapes {
  /** Before this version of graphs, a placeholder of any shape said that it is a scalar. */
  private static final int SCALAR_IS_SCALAR = 24;

  private PlaceholderShapes() {}

  /** The shape that was noted when the model was saved, or that the placeholder says itself. */
  static TensorShape of(GraphIndex graph, TensorId tensor) {
    return graph
        .notedShape(tensor)
        .map(TensorShape::of)
        .or(() -> ownShape(graph, tensor))
        .orElse(TensorShape.unknown());
  }

  private static Optional<TensorShape> ownShape(GraphIndex graph, TensorId tensor) {
    NodeDef node = graph.node(graph.require(tensor.node()));
    AttrValue shape = node.getAttrMap().get("shape");
    if (!Ops.mayBeFed(node) || shape == null) {
      return Optional.empty();
    }
    TensorShape own = TensorShape.of(shape.getShape());
    boolean isAny =
        own.isRankKnown()
            && own.sizes().isEmpty()
            && graph.graph().getVersions().getProducer() < SCALAR_IS_SCALAR;
    return isAny ? Optional.empty() : Optional.of(own);
  }
}
