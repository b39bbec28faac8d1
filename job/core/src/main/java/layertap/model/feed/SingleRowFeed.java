package layertap.model.feed;

import java.util.List;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.rewrite.Substitution;
import layertap.model.select.FeedTarget;
import org.tensorflow.proto.DataType;

/**
 * Feeds a model that takes one row at a time, such as the bytes of one image, in batches of one.
 *
 * <pre>
 *   Placeholder [1] ─▶ Squeeze ─▶ what took the scalar
 * </pre>
 *
 * @param name of the placeholder
 * @param scalar that is replaced
 */
record SingleRowFeed(FeedTarget target, String name, TensorId scalar, DataType dtype) {
  private static final TensorShape ONE_ROW = TensorShape.of(List.of(1L));

  /** Whether a tensor of that shape holds a single value, without a place for several rows. */
  static boolean isNeeded(TensorShape shape) {
    return shape.isRankKnown() && shape.sizes().isEmpty();
  }

  FeedPlaceholder add(Substitution substitution) {
    DataType fed = FeedPlaceholder.fedType(dtype);
    TensorId placeholder = substitution.addPlaceholder(name, fed, ONE_ROW);
    NodeDefs nodes = new NodeDefs(name + "/");
    TensorId value =
        fed == dtype ? placeholder : nodes.cast("layertap_cast", placeholder, fed, dtype);
    TensorId squeezed =
        nodes
            .node("Squeeze", "layertap_row", value)
            .attribute("T", dtype)
            .attribute("squeeze_dims", List.of(0L))
            .add();
    substitution.add(nodes.nodes());
    substitution.replace(scalar, squeezed);
    return new FeedPlaceholder(target, placeholder, dtype, ONE_ROW);
  }
}
