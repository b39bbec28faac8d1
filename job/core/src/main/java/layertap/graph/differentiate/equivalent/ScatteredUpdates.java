package layertap.graph.differentiate.equivalent;

import layertap.graph.GraphIndex;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import org.tensorflow.proto.DataType;

/**
 * Updates of some places of a tensor, by an op over all of it. Indices that come twice give what
 * TensorFlow leaves open.
 *
 * <pre>
 *   indices, updates ─▶ ScatterNd ─▶ added to x, taken off it, or where a place was named in place of x
 * </pre>
 */
final class ScatteredUpdates {
  private final TensorId x;
  private final TensorId indices;
  private final TensorId updates;
  private final DataType dtype;
  private final DataType ofIndices;
  private final NodeDefs nodes;

  ScatteredUpdates(GraphIndex graph, int position, NodeDefs nodes) {
    this.x = graph.inputTensor(position, 0);
    this.indices = graph.inputTensor(position, 1);
    this.updates = graph.inputTensor(position, 2);
    this.dtype = graph.type(x);
    this.ofIndices = graph.type(indices);
    this.nodes = nodes;
  }

  TensorId added() {
    return nodes
        .node("AddV2", "added", x, scattered("updates", updates))
        .attribute("T", dtype)
        .add();
  }

  TensorId takenOff() {
    return nodes
        .node("Sub", "taken_off", x, scattered("updates", updates))
        .attribute("T", dtype)
        .add();
  }

  TensorId replaced() {
    TensorId ones = nodes.node("OnesLike", "ones", updates).attribute("T", dtype).add();
    TensorId isNamed = nodes.cast("is_named", scattered("places", ones), dtype, DataType.DT_BOOL);
    return nodes
        .node("SelectV2", "replaced", isNamed, scattered("updates", updates), x)
        .attribute("T", dtype)
        .add();
  }

  private TensorId scattered(String name, TensorId values) {
    TensorId shape =
        nodes
            .node("Shape", name + "_shape", x)
            .attribute("T", dtype)
            .attribute("out_type", ofIndices)
            .add();
    return nodes
        .node("ScatterNd", name, indices, values, shape)
        .attribute("T", dtype)
        .attribute("Tindices", ofIndices)
        .add();
  }
}
